package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Prctl;
import dev.moat.api.task.CredentialDraft;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;

/**
 * New credentials from old ones, with what a change of user ids does to capabilities:
 * capabilities(7). Source: security/commoncap.c cap_task_fix_setuid.
 */
public final class CredentialChange extends CredentialDraft {
    /** Capabilities that follow the file system uid: CAP_FS_SET. */
    private static final long FILE_SYSTEM_CAPABILITIES =
            Capabilities.mask(Capabilities.CAP_CHOWN)
                    | Capabilities.mask(Capabilities.CAP_MKNOD)
                    | Capabilities.mask(Capabilities.CAP_DAC_OVERRIDE)
                    | Capabilities.mask(Capabilities.CAP_DAC_READ_SEARCH)
                    | Capabilities.mask(Capabilities.CAP_FOWNER)
                    | Capabilities.mask(Capabilities.CAP_FSETID)
                    | Capabilities.mask(Capabilities.CAP_LINUX_IMMUTABLE)
                    | Capabilities.mask(Capabilities.CAP_MAC_OVERRIDE);

    private final Credentials old;

    public CredentialChange(Credentials old) {
        super(old);
        this.old = old;
    }

    /** Applies the change to the task, on its own thread. */
    public void apply(GuestTask task) {
        if ((secureBits & Prctl.SECBIT_NO_SETUID_FIXUP) == 0) {
            fixCapabilities();
        }
        task.setCredentials(finish());
        if (effectiveUid != old.effectiveUid()
                || effectiveGid != old.effectiveGid()
                || fsUid != old.fsUid()
                || fsGid != old.fsGid()) {
            task.group().setDumpable(Prctl.SUID_DUMP_DISABLE);
            task.setParentDeathSignal(0);
        }
    }

    private void fixCapabilities() {
        int root = space.meantUid(0);
        boolean wasRoot = old.uid() == root || old.effectiveUid() == root || old.savedUid() == root;
        boolean isRoot = uid == root || effectiveUid == root || savedUid == root;
        if (wasRoot && !isRoot) {
            boolean keep = (secureBits & Prctl.SECBIT_KEEP_CAPS) != 0;
            capabilities =
                    new CapabilitySets(
                            keep ? capabilities.permitted() : 0,
                            keep ? capabilities.effective() : 0,
                            capabilities.inheritable(),
                            capabilities.bounding(),
                            0);
        }
        if (old.effectiveUid() == root && effectiveUid != root) {
            setEffective(0);
        }
        if (old.effectiveUid() != root && effectiveUid == root) {
            setEffective(capabilities.permitted());
        }
        if (old.fsUid() == root && fsUid != root) {
            setEffective(capabilities.effective() & ~FILE_SYSTEM_CAPABILITIES);
        }
        if (old.fsUid() != root && fsUid == root) {
            setEffective(
                    capabilities.effective() | capabilities.permitted() & FILE_SYSTEM_CAPABILITIES);
        }
    }

    private void setEffective(long effective) {
        capabilities = capabilities.withEffective(effective);
    }
}
