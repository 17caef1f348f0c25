package dev.moat.api.syscall;

import dev.moat.api.task.Task;

/** A bound system call. */
@FunctionalInterface
public interface SyscallHandler {
    /** Runs the call on the task's thread. */
    long invoke(Task task, long a0, long a1, long a2, long a3, long a4, long a5);
}
