package dev.moat.task.process;

import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;

/** Who may trace whom: kernel/ptrace.c __ptrace_may_access with real credentials. */
public final class TracePermission {
    private TracePermission() {}

    /** PTRACE_MODE_ATTACH_REALCREDS; threads of one process may not trace each other. */
    public static boolean mayAttach(GuestTask tracer, GuestTask target) {
        return tracer.group() != target.group()
                && PtraceAccess.allows(tracer, target, Identity.REAL);
    }
}
