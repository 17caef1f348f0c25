package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import java.util.Optional;

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

    /**
     * Who gets at files that are a process' own whoever it has become, its descriptors among them:
     * itself; of others the mode decides. proc_fd_permission().
     */
    static Inode.Decision decide(ProcFilesystem proc, int tid) {
        Task now = PayingThread.current();
        if (now == null) {
            return Inode.Decision.BY_MODE;
        }
        Optional<Task> shown = proc.sandbox().tasks().task(tid);
        boolean own = shown.isPresent() && shown.get().tgid() == now.tgid();
        return own ? Inode.Decision.PERMITTED : Inode.Decision.BY_MODE;
    }
}
