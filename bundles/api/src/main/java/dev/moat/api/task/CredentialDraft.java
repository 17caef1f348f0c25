package dev.moat.api.task;

import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials.CapabilitySets;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * New credentials in the making, from old ones: what is not set stays. Mutable, used by one call;
 * prepare_creds() of Linux.
 */
@ConsumerType
public class CredentialDraft {
    public int uid;
    public int effectiveUid;
    public int savedUid;
    public int fsUid;
    public int gid;
    public int effectiveGid;
    public int savedGid;
    public int fsGid;

    /** Replaced, never changed. */
    public int[] groups;

    public CapabilitySets capabilities;
    public int secureBits;
    public boolean noNewPrivileges;
    public UserView space;
    public @Nullable LandlockDomain domain;

    public CredentialDraft(Credentials old) {
        uid = old.uid();
        effectiveUid = old.effectiveUid();
        savedUid = old.savedUid();
        fsUid = old.fsUid();
        gid = old.gid();
        effectiveGid = old.effectiveGid();
        savedGid = old.savedGid();
        fsGid = old.fsGid();
        groups = old.groups();
        capabilities = old.capabilities();
        secureBits = old.secureBits();
        noNewPrivileges = old.noNewPrivileges();
        space = old.space();
        domain = old.domain();
    }

    /** The credentials as they are now. */
    public final Credentials finish() {
        return finishThrough(null);
    }

    /** See {@link Credentials#through}. */
    final Credentials finishThrough(@Nullable IdMap mapped) {
        return new Credentials(
                uid,
                gid,
                effectiveUid,
                effectiveGid,
                savedUid,
                savedGid,
                fsUid,
                fsGid,
                groups,
                capabilities,
                secureBits,
                noNewPrivileges,
                space,
                domain,
                mapped);
    }
}
