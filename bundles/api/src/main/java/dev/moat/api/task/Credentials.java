package dev.moat.api.task;

import dev.moat.abi.Capabilities;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who a task is: credentials(7). Immutable. Ids are those of the sandbox.
 *
 * @param capabilities the five capability sets, which count in {@code space} and below
 * @param space the user namespace
 * @param domain what it has forbidden itself by Landlock; null: nothing
 * @param mapped the mount's map through which files are looked at, see {@link #through}; null: none
 */
@SuppressWarnings("ArrayRecordComponent") // groups are never changed after construction
public record Credentials(
        int uid,
        int gid,
        int effectiveUid,
        int effectiveGid,
        int savedUid,
        int savedGid,
        int fsUid,
        int fsGid,
        int[] groups,
        CapabilitySets capabilities,
        int secureBits,
        boolean noNewPrivileges,
        UserView space,
        @Nullable LandlockDomain domain,
        @Nullable IdMap mapped) {

    /** The kernel itself as an actor: what it does at set-up is never refused. */
    public static final Credentials KERNEL =
            ofUser(
                    0,
                    0,
                    new int[0],
                    new CapabilitySets(Capabilities.ALL, Capabilities.ALL, 0, Capabilities.ALL, 0));

    /** What was written before there were user namespaces is of the first one. */
    public Credentials {
        space = Objects.requireNonNullElse(space, UserView.First.INSTANCE);
    }

    /** Those of a user in the first user namespace, whose ids are all the same. */
    public static Credentials ofUser(int uid, int gid, int[] groups, CapabilitySets capabilities) {
        return new Credentials(
                uid,
                gid,
                uid,
                gid,
                uid,
                gid,
                uid,
                gid,
                groups,
                capabilities,
                0,
                false,
                UserView.First.INSTANCE,
                null,
                null);
    }

    /** Capability sets as bit masks, capabilities(7). */
    public record CapabilitySets(
            long permitted, long effective, long inheritable, long bounding, long ambient) {
        /** The same with another effective set. */
        public CapabilitySets withEffective(long other) {
            return new CapabilitySets(permitted, other, inheritable, bounding, ambient);
        }
    }

    /** Whether it has capability number {@code capability} in the sandbox: capable(). */
    public boolean can(int capability) {
        return space.level() == 0 && has(capability);
    }

    /** Whether it has the capability in its own user namespace. */
    public boolean has(int capability) {
        return (capabilities.effective() >>> capability & 1) != 0;
    }

    /** Whether it may bring back processes in {@code target}: checkpoint_restore_ns_capable(). */
    public boolean canRestoreIn(UserView target) {
        return canIn(target, Capabilities.CAP_CHECKPOINT_RESTORE)
                || canIn(target, Capabilities.CAP_SYS_ADMIN);
    }

    /** Whether it has the capability in {@code target}: cap_capable(). */
    public boolean canIn(UserView target, int capability) {
        for (UserView at = target; ; at = at.parent()) {
            if (at == space) {
                return has(capability);
            }
            if (at.level() <= space.level()) {
                return false;
            }
            if (at.parent() == space && at.ownerUid() == effectiveUid) {
                return true;
            }
        }
    }

    /** Whether it has the capability over a file of these owners: capable_wrt_inode_uidgid(). */
    public boolean canOver(int fileUid, int fileGid, int capability) {
        return has(capability)
                && findUid(fileUid) != UserView.NONE
                && findGid(fileGid) != UserView.NONE;
    }

    /**
     * The same before a mount that maps ids: file system ids and groups are those that files of
     * theirs have stored, {@link UserView#NONE} where there are none. For checks and new files
     * only.
     */
    public Credentials through(@Nullable IdMap map) {
        if (map == null) {
            return this;
        }
        int[] stored = new int[groups.length];
        for (int i = 0; i < stored.length; i++) {
            stored[i] = map.storedGid(groups[i]);
        }
        CredentialDraft draft = new CredentialDraft(this);
        draft.fsUid = map.storedUid(fsUid);
        draft.fsGid = map.storedGid(fsGid);
        draft.groups = stored;
        return draft.finishThrough(map);
    }

    /** Whether the mount shows both owners of a file: what else must not be written. */
    public boolean isShown(int fileUid, int fileGid) {
        return mapped == null
                || mapped.shownUid(fileUid) != UserView.NONE
                        && mapped.shownGid(fileGid) != UserView.NONE;
    }

    /** What its user namespace calls a file's owner; {@link UserView#NONE} if it has no name. */
    public int findUid(int fileUid) {
        return space.findUid(mapped == null ? fileUid : mapped.shownUid(fileUid));
    }

    public int findGid(int fileGid) {
        return space.findGid(mapped == null ? fileGid : mapped.shownGid(fileGid));
    }

    /** {@link #findUid} for who must be told something. */
    public int seenUid(int fileUid) {
        if (mapped == null) {
            return space.seenUid(fileUid);
        }
        int found = findUid(fileUid);
        return found == UserView.NONE ? UserView.OVERFLOW : found;
    }

    public int seenGid(int fileGid) {
        if (mapped == null) {
            return space.seenGid(fileGid);
        }
        int found = findGid(fileGid);
        return found == UserView.NONE ? UserView.OVERFLOW : found;
    }

    /** What a file stores for a user of its user namespace; {@link UserView#NONE}: nothing. */
    public int storedUid(int uid) {
        int meant = space.meantUid(uid);
        return mapped == null ? meant : mapped.storedUid(meant);
    }

    public int storedGid(int gid) {
        int meant = space.meantGid(gid);
        return mapped == null ? meant : mapped.storedGid(meant);
    }

    /** The same with no_new_privs. */
    public Credentials withoutNewPrivileges() {
        CredentialDraft draft = new CredentialDraft(this);
        draft.noNewPrivileges = true;
        return draft.finish();
    }

    /** The same in another domain. */
    public Credentials withDomain(LandlockDomain other) {
        CredentialDraft draft = new CredentialDraft(this);
        draft.domain = other;
        return draft.finish();
    }

    /** Whether {@code gid} is the file system group or a supplementary group. */
    public boolean isInGroup(int gid) {
        if (gid == fsGid) {
            return true;
        }
        for (int group : groups) {
            if (group == gid) {
                return true;
            }
        }
        return false;
    }
}
