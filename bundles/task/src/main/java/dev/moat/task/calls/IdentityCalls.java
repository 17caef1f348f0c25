package dev.moat.task.calls;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code getpid(2)}, {@code gettid(2)}, {@code getuid(2)} and their siblings. */
final class IdentityCalls {
    @Syscall(nr = 39, name = "getpid")
    long getpid(Task task) {
        return task.pids().seen(task.tgid());
    }

    @Syscall(nr = 110, name = "getppid")
    long getppid(Task task) {
        return task.pids().seen(task.group().parentTgid());
    }

    @Syscall(nr = 186, name = "gettid")
    long gettid(Task task) {
        return task.pids().seen(task.tid());
    }

    @Syscall(nr = 102, name = "getuid")
    long getuid(Task task) {
        return Integer.toUnsignedLong(task.credentials().space().seenUid(task.credentials().uid()));
    }

    @Syscall(nr = 104, name = "getgid")
    long getgid(Task task) {
        return Integer.toUnsignedLong(task.credentials().space().seenGid(task.credentials().gid()));
    }

    @Syscall(nr = 107, name = "geteuid")
    long geteuid(Task task) {
        return Integer.toUnsignedLong(
                task.credentials().space().seenUid(task.credentials().effectiveUid()));
    }

    @Syscall(nr = 108, name = "getegid")
    long getegid(Task task) {
        return Integer.toUnsignedLong(
                task.credentials().space().seenGid(task.credentials().effectiveGid()));
    }
}
