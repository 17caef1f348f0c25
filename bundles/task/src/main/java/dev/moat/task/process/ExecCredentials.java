package dev.moat.task.process;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.Capabilities;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.MountFlags;
import dev.moat.abi.Prctl;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.CredentialDraft;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.VfsPath;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Credentials after execve(2): set-id bits, file capabilities and the transformation of
 * capabilities(7). Source: fs/exec.c bprm_fill_uid, security/commoncap.c cap_bprm_creds_from_file.
 *
 * @param secure whether the program runs with more than its caller has (AT_SECURE)
 */
record ExecCredentials(Credentials credentials, boolean secure) {
    private static final String CAPABILITY_XATTR = "security.capability";

    /** File capabilities: capabilities(7). */
    private record FileCapabilities(long permitted, long inheritable, boolean effective) {
        static final FileCapabilities NONE = new FileCapabilities(0, 0, false);
    }

    static ExecCredentials of(GuestTask task, FileDescription file) {
        Credentials old = task.credentials();
        int euid = old.effectiveUid();
        int egid = old.effectiveGid();
        FileCapabilities caps = FileCapabilities.NONE;
        VfsPath path = file.path();
        if (path != null
                && !old.noNewPrivileges()
                && !isTracedByWeaker(task)
                && honoursPrivilege(task, file, path.mount())) {
            Inode inode = file.inode();
            int mode = inode.mode();
            IdMap map = path.mount().idMap();
            Credentials viewer = old.through(map);
            boolean known =
                    viewer.findUid(inode.uid()) != UserView.NONE
                            && viewer.findGid(inode.gid()) != UserView.NONE;
            if (known && (mode & FileMode.S_ISUID) != 0) {
                euid = map == null ? inode.uid() : map.shownUid(inode.uid());
            }
            if (known && (mode & FileMode.S_ISGID) != 0 && (mode & FileMode.S_IXGRP) != 0) {
                egid = map == null ? inode.gid() : map.shownGid(inode.gid());
            }
            caps = readCapabilities(inode, old.space(), path.mount());
        }
        return transform(old, euid, egid, caps);
    }

    private static ExecCredentials transform(
            Credentials old, int euid, int egid, FileCapabilities file) {
        CapabilitySets sets = old.capabilities();
        int rootUid = old.space().meantUid(0);
        boolean rootIsSpecial = (old.secureBits() & Prctl.SECBIT_NOROOT) == 0;
        boolean root = rootIsSpecial && (euid == rootUid || old.uid() == rootUid);
        long filePermitted = root ? -1L : file.permitted();
        long fileInheritable = root ? -1L : file.inheritable();
        boolean fileEffective = root ? euid == rootUid : file.effective();
        boolean idsChange = euid != old.effectiveUid() || egid != old.effectiveGid();
        boolean privileged = idsChange || file != FileCapabilities.NONE;
        long ambient = privileged ? 0 : sets.ambient();
        long permitted =
                sets.inheritable() & fileInheritable | filePermitted & sets.bounding() | ambient;
        permitted &= Capabilities.ALL;
        long effective = fileEffective ? permitted : ambient;
        boolean secure =
                euid != old.uid()
                        || egid != old.gid()
                        || !root && (fileEffective || (permitted & ~ambient) != 0);
        CredentialDraft draft = new CredentialDraft(old);
        draft.effectiveUid = euid;
        draft.savedUid = euid;
        draft.fsUid = euid;
        draft.effectiveGid = egid;
        draft.savedGid = egid;
        draft.fsGid = egid;
        draft.capabilities =
                new CapabilitySets(
                        permitted, effective, sets.inheritable(), sets.bounding(), ambient);
        draft.secureBits &= ~Prctl.SECBIT_KEEP_CAPS;
        return new ExecCredentials(draft.finish(), secure);
    }

    /** A tracer must not get hold of more than it has: LSM_UNSAFE_PTRACE. */
    private static boolean isTracedByWeaker(GuestTask task) {
        GuestTask tracer = task.tracing().tracer();
        return tracer != null && !tracer.credentials().can(Capabilities.CAP_SYS_PTRACE);
    }

    /**
     * Mounted nosuid, and scripts: their bits mean nothing; nor do those of a file system of less
     * privileged users, mnt_may_suid().
     */
    private static boolean honoursPrivilege(GuestTask task, FileDescription file, MountInfo mount) {
        if ((mount.flags() & MountFlags.MS_NOSUID) != 0
                || !task.credentials().space().isWithin(mount.owner())) {
            return false;
        }
        byte[] magic = new byte[2];
        long read = file.readAt(task, KernelBuffer.of(magic), 0);
        return !(read == 2 && magic[0] == '#' && magic[1] == '!');
    }

    /**
     * {@code struct vfs_cap_data}: revision 1 has one pair of words, 2 and 3 have two;
     * linux/capability.h. They count for who is below the root that they are of.
     */
    private static FileCapabilities readCapabilities(Inode inode, UserView space, MountInfo mount) {
        byte @Nullable [] value = xattr(inode);
        if (value == null || value.length < 12) {
            return FileCapabilities.NONE;
        }
        MemorySegment data = MemorySegment.ofArray(value);
        int magic = data.get(JAVA_INT_UNALIGNED, 0);
        long permitted = word(data, 4);
        long inheritable = word(data, 8);
        int revision = magic & Capabilities.VFS_CAP_REVISION_MASK;
        boolean wide =
                revision == Capabilities.VFS_CAP_REVISION_2
                        || revision == Capabilities.VFS_CAP_REVISION_3;
        if (!wide && revision != Capabilities.VFS_CAP_REVISION_1 || wide && value.length < 20) {
            return FileCapabilities.NONE;
        }
        if (wide) {
            permitted |= word(data, 12) << 32;
            inheritable |= word(data, 16) << 32;
        }
        boolean named = revision == Capabilities.VFS_CAP_REVISION_3 && value.length >= 24;
        int root = mount.owner().meantUid(named ? data.get(JAVA_INT_UNALIGNED, 20) : 0);
        IdMap map = mount.idMap();
        if (!space.isRootHereOrAbove(map == null ? root : map.shownUid(root))) {
            return FileCapabilities.NONE;
        }
        return new FileCapabilities(
                permitted, inheritable, (magic & Capabilities.VFS_CAP_FLAGS_EFFECTIVE) != 0);
    }

    private static long word(MemorySegment data, long at) {
        return Integer.toUnsignedLong(data.get(JAVA_INT_UNALIGNED, at));
    }

    private static byte @Nullable [] xattr(Inode inode) {
        try {
            return inode.getXattr(CAPABILITY_XATTR);
        } catch (ErrnoException e) {
            // ENODATA, EOPNOTSUPP: the ordinary file.
            return null;
        }
    }
}
