package dev.moat.fs.dev.terminal;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import java.util.OptionalLong;

/** Sessions and process groups: tty_jobctrl_ioctl, ioctl_tty(2). */
final class JobControlCalls {
    private JobControlCalls() {}

    /** Which end was asked: the master may ask about a terminal that is not its own. */
    enum End {
        MASTER,
        SLAVE
    }

    /**
     * Answers; empty if the command is another one.
     *
     * @param readable whether the descriptor is open for reading
     */
    static OptionalLong ioctl(
            Pty pty, Task task, End end, boolean readable, int command, long argument) {
        JobControl jobs = pty.jobs();
        switch (command) {
            case Ioctls.TIOCGPGRP -> {
                requireOwn(jobs, task, end);
                task.user().writeInt(argument, task.pids().seen(jobs.foregroundGroup()));
            }
            case Ioctls.TIOCGSID -> {
                requireOwn(jobs, task, end);
                if (jobs.session() == 0) {
                    throw Errno.ENOTTY.exception();
                }
                task.user().writeInt(argument, task.pids().seen(jobs.session()));
            }
            case Ioctls.TIOCSPGRP -> {
                return OptionalLong.of(setForeground(jobs, task, argument));
            }
            case Ioctls.TIOCSCTTY -> {
                boolean admin = task.credentials().can(Capabilities.CAP_SYS_ADMIN);
                if (!readable && !admin) {
                    throw Errno.EPERM.exception();
                }
                jobs.acquire(task, argument == 1 && admin);
            }
            case Ioctls.TIOCNOTTY -> {
                if (end == End.MASTER || !jobs.controls(task)) {
                    throw Errno.ENOTTY.exception();
                }
                jobs.release(task);
            }
            default -> {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(0);
    }

    private static void requireOwn(JobControl jobs, Task task, End end) {
        if (end == End.SLAVE && !jobs.controls(task)) {
            throw Errno.ENOTTY.exception();
        }
    }

    private static long setForeground(JobControl jobs, Task task, long argument) {
        long refused = jobs.check(task, Signals.SIGTTOU);
        if (refused == Errno.EIO.negated()) {
            throw Errno.ENOTTY.exception();
        }
        if (refused != 0) {
            return refused;
        }
        int number = task.user().readInt(argument);
        if (number < 0) {
            throw Errno.EINVAL.exception();
        }
        int group = task.pids().meant(number);
        int session = task.group().sessionId();
        if (!jobs.controls(task) || jobs.session() != session) {
            throw Errno.ENOTTY.exception();
        }
        Tasks tasks = task.sandbox().tasks();
        if (!tasks.isProcessGroupIn(group, session)) {
            boolean exists = tasks.groups().stream().anyMatch(any -> any.processGroupId() == group);
            throw (exists ? Errno.EPERM : Errno.ESRCH).exception();
        }
        jobs.setForeground(group);
        return 0;
    }
}
