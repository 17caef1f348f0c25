package dev.moat.task.calls;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;

/** {@code _exit(2)}, {@code exit_group(2)}. The task ends when the call returns to its run loop. */
final class ExitCalls {
    @Syscall(nr = 60, name = "exit")
    long exit(Task task, int code) {
        GuestTask.of(task).exit(code & 0xff);
        return 0;
    }

    @Syscall(nr = 231, name = "exit_group")
    long exitGroup(Task task, int code) {
        GuestTask guest = GuestTask.of(task);
        guest.services().sender().kill(guest.group(), ExitStatus.exited(code));
        return 0;
    }
}
