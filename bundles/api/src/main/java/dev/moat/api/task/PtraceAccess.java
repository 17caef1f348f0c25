package dev.moat.api.task;

import dev.moat.abi.Capabilities;
import dev.moat.api.landlock.LandlockDomain;

/**
 * Who may look into, or trace, whom: kernel/ptrace.c __ptrace_may_access and security/commoncap.c
 * cap_ptrace_access_check, security/landlock/task.c hook_ptrace_access_check.
 */
public final class PtraceAccess {
    /** {@code SUID_DUMP_USER}: a process that has not changed its credentials. */
    private static final int DUMPABLE = 1;

    /** Which ids of the one who looks count. */
    public enum Identity {
        /** {@code PTRACE_MODE_FSCREDS}: those of file accesses, for {@code /proc}. */
        FILES,
        /** {@code PTRACE_MODE_REALCREDS}: the real ones, for system calls that name a process. */
        REAL
    }

    private PtraceAccess() {}

    /** Whether {@code from} may; always, if both are threads of one process. */
    public static boolean allows(Task from, Task target, Identity identity) {
        if (from.group() == target.group()) {
            return true;
        }
        Credentials own = from.credentials();
        Credentials other = target.credentials();
        if (!LandlockDomain.mayTrace(own.domain(), other.domain())) {
            return false;
        }
        if (own.canIn(other.space(), Capabilities.CAP_SYS_PTRACE)) {
            return true;
        }
        boolean files = identity == Identity.FILES;
        int uid = files ? own.fsUid() : own.uid();
        int gid = files ? own.fsGid() : own.gid();
        long held = files ? own.capabilities().effective() : own.capabilities().permitted();
        return uid == other.uid()
                && uid == other.effectiveUid()
                && uid == other.savedUid()
                && gid == other.gid()
                && gid == other.effectiveGid()
                && gid == other.savedGid()
                && own.space() == other.space()
                && (other.capabilities().permitted() & ~held) == 0
                && target.group().dumpable() == DUMPABLE;
    }
}
