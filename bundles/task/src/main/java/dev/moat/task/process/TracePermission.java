package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Prctl;
import dev.moat.api.task.Credentials;

/** Who may trace whom: kernel/ptrace.c __ptrace_may_access with real credentials. */
public final class TracePermission {
    private TracePermission() {}

    /** PTRACE_MODE_ATTACH_REALCREDS; threads of one process may not trace each other. */
    public static boolean mayAttach(GuestTask tracer, GuestTask target) {
        if (tracer.group() == target.group()) {
            return false;
        }
        Credentials own = tracer.credentials();
        if (own.can(Capabilities.CAP_SYS_PTRACE)) {
            return true;
        }
        Credentials other = target.credentials();
        boolean sameUser =
                own.uid() == other.effectiveUid()
                        && own.uid() == other.savedUid()
                        && own.uid() == other.uid()
                        && own.gid() == other.effectiveGid()
                        && own.gid() == other.savedGid()
                        && own.gid() == other.gid();
        long more = other.capabilities().permitted() & ~own.capabilities().permitted();
        return sameUser && more == 0 && target.group().dumpable() == Prctl.SUID_DUMP_USER;
    }
}
