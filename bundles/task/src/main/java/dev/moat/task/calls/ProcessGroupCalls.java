package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.Jobs;

/** {@code setpgid(2)}, {@code setsid(2)} and their questions. */
final class ProcessGroupCalls {
    @Syscall(nr = 109, name = "setpgid")
    long setpgid(Task task, int pid, int processGroup) {
        GuestTask caller = GuestTask.of(task);
        int who = pid == 0 ? caller.tgid() : caller.pids().meant(pid);
        if (processGroup < 0 || processGroup == 0 && pid < 0) {
            throw Errno.EINVAL.exception();
        }
        int wanted = processGroup == 0 ? 0 : caller.pids().meant(processGroup);
        new Jobs(caller).move(who, wanted);
        return 0;
    }

    @Syscall(nr = 112, name = "setsid")
    long setsid(Task task) {
        return task.pids().seen(new Jobs(GuestTask.of(task)).newSession());
    }

    @Syscall(nr = 111, name = "getpgrp")
    long getpgrp(Task task) {
        return task.pids().seen(task.group().processGroupId());
    }

    @Syscall(nr = 121, name = "getpgid")
    long getpgid(Task task, int pid) {
        return task.pids().seen(process(task, pid).processGroupId());
    }

    @Syscall(nr = 124, name = "getsid")
    long getsid(Task task, int pid) {
        return task.pids().seen(process(task, pid).sessionId());
    }

    private static GuestGroup process(Task task, int pid) {
        GuestTask caller = GuestTask.of(task);
        if (pid == 0) {
            return caller.group();
        }
        GuestTask target = caller.services().tree().find(caller, pid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        return target.group();
    }
}
