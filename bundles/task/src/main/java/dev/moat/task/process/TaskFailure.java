package dev.moat.task.process;

import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a process that it has not caused itself. */
final class TaskFailure {
    private TaskFailure() {}

    /** Whether a new revision was at fault and is taken back. A full heap is nobody's fault. */
    static boolean isUndone(TaskServices services, Throwable bug) {
        return !isOutOfMemory(bug) && services.sandbox().bugs().isUndone(bug);
    }

    /**
     * What ends a task that the kernel cannot serve any more.
     *
     * @param cause thrown out of its run loop
     */
    static void end(TaskServices services, GuestTask task, Throwable cause) {
        if (isOutOfMemory(cause)) {
            outOfMemory(services, task);
        } else {
            bug(services, task, cause);
        }
    }

    private static boolean isOutOfMemory(Throwable cause) {
        Throwable root = cause.getCause();
        return cause instanceof OutOfMemoryError || root instanceof OutOfMemoryError;
    }

    /** The heap of the kernel host is full: who needs more of it now ends, as by the OOM killer. */
    private static void outOfMemory(TaskServices services, GuestTask task) {
        // Ends first: what follows needs memory, too.
        kill(services, task);
        try {
            String line =
                    "Out of kernel memory: Killed process "
                            + task.tgid()
                            + " ("
                            + task.name()
                            + "); the kernel host's heap is full, this sandbox holds "
                            + services.sandbox().memory().heap();
            services.sandbox().log(line);
            LoggerFactory.getLogger(TaskFailure.class)
                    .error("{}: {}", services.sandbox().name(), line);
        } catch (OutOfMemoryError still) {
            // Nothing is left even for a word: that the task ends is what counts.
            return;
        }
    }

    /** A bug of the kernel: the process dies loudly, the sandbox and its host live on. */
    private static void bug(TaskServices services, GuestTask task, Throwable bug) {
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
