package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;

/** Who may look into a process: the access check of ptrace(2), mode PTRACE_MODE_READ_FSCREDS. */
final class Inspection {
    private Inspection() {}

    /** EACCES unless {@code reader} may look into {@code task}. */
    static void check(Task reader, Task task) {
        if (!allows(reader, task)) {
            throw Errno.EACCES.exception();
        }
    }

    /**
     * As {@link #check}, of memory: who may watch the performance of all may read it, too
     * (may_access_mm, kernel/fork.c).
     */
    static void checkMemory(Task reader, Task task) {
        Credentials who = reader.credentials();
        if (!who.can(Capabilities.CAP_PERFMON) && !who.can(Capabilities.CAP_SYS_ADMIN)) {
            check(reader, task);
        }
    }

    static boolean allows(Task reader, Task task) {
        return PtraceAccess.allows(reader, task, Identity.FILES);
    }
}
