package dev.moat.fs.proc;

import dev.moat.abi.Errno;
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

    static boolean allows(Task reader, Task task) {
        return PtraceAccess.allows(reader, task, Identity.FILES);
    }
}
