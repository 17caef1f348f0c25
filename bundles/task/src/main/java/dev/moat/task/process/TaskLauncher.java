package dev.moat.task.process;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Ioctls;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.vfs.FileDescription;

/** Brings a new task to its first instruction, on its own thread. */
final class TaskLauncher {
    /** What a shell says when a program cannot be run, and when there is none: 126 and 127. */
    private static final int NOT_RUNNABLE = 126;

    private static final int NOT_FOUND = 127;

    private final TaskServices services;
    private final GuestTask task;
    private final RunLoop loop;

    TaskLauncher(TaskServices services, GuestTask task, RunLoop loop) {
        this.services = services;
        this.task = task;
        this.loop = loop;
    }

    RunState launch(Launch launch) {
        return switch (launch) {
            case Launch.Copy(var state) -> {
                loop.setContext(services.platform().get().newContext(state));
                task.futexOwner().storeChildTid(task.user(), task.pids().seen(task.tid()));
                yield RunState.ATTENTION;
            }
            case Launch.Program program -> loadProgram(program);
        };
    }

    private RunState loadProgram(Launch.Program program) {
        try {
            loop.setContext(services.platform().get().newContext());
            takeTerminal();
            new Execution(services, task).start(program.spec());
            program.loaded().complete(null);
            return RunState.ATTENTION;
        } catch (ErrnoException e) {
            int code = e.errno() == dev.moat.abi.Errno.ENOENT ? NOT_FOUND : NOT_RUNNABLE;
            services.sender().kill(task.group(), ExitStatus.exited(code));
            program.loaded().completeExceptionally(e);
            return RunState.EXITING;
        } catch (RuntimeException | Error bug) {
            program.loaded().completeExceptionally(bug);
            throw bug;
        }
    }

    /**
     * The session of a program that starts with a terminal as its input gets it, as login(1)
     * arranges it.
     */
    private void takeTerminal() {
        FileDescription input = task.files().tryAcquire(0);
        if (input == null) {
            return;
        }
        try {
            input.ioctl(task, Ioctls.TIOCSCTTY, 0);
        } catch (ErrnoException e) {
            // ENOTTY: it is none. EPERM: another session has it already and keeps it.
            return;
        } finally {
            input.release();
        }
    }
}
