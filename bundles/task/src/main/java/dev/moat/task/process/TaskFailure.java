package dev.moat.task.process;

import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a process that it has not caused itself. */
final class TaskFailure {
    private TaskFailure() {}

    /** A bug of the kernel: the process dies loudly, the sandbox and its host live on. */
    static void bug(TaskServices services, GuestTask task, Throwable bug) {
        Logger logger = LoggerFactory.getLogger(TaskFailure.class);
        logger.error(
                "{}: {} failed in system call {}",
                services.sandbox().name(),
                task,
                task.currentSyscall(),
                bug);
        services.sandbox()
                .log(
                        "kernel bug: "
                                + task
                                + " killed in system call "
                                + task.currentSyscall()
                                + ": "
                                + bug);
        kill(services, task);
    }

    /** The platform has lost its thread. */
    static void lost(TaskServices services, GuestTask task, String reason) {
        services.sandbox().log(task + ": lost by the platform: " + reason);
        kill(services, task);
    }

    private static void kill(TaskServices services, GuestTask task) {
        services.sender().kill(task.group(), ExitStatus.killed(Signals.SIGKILL));
    }
}
