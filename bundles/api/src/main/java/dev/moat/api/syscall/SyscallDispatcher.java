package dev.moat.api.syscall;

import dev.moat.abi.SigInfo;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Task;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Runs the system calls of one sandbox. Thread safe. */
@ProviderType
public interface SyscallDispatcher extends AutoCloseable {
    /**
     * Runs a call: takes the handler of the revision that serves the sandbox, tells the taps that
     * are switched on, catches ErrnoException. An unknown number gives -ENOSYS and is logged once
     * per sandbox with the program's name.
     *
     * <p>{@link dev.moat.api.task.WaitSuspended} passes through: the caller makes the same call
     * again, with {@link dev.moat.api.task.Resumption#isResumed} set.
     *
     * @return result, negated errno or negated restart code
     * @throws IllegalStateException a handler failed with something else than ErrnoException: a bug
     *     of the kernel, logged already with the call. The task must end; the sandbox and the
     *     kernel host go on
     */
    long dispatch(Task task, int number, long a0, long a1, long a2, long a3, long a4, long a5);

    /**
     * Told by the task side when a signal is delivered to {@code task} (handled or fatal), for the
     * trace.
     */
    void signalDelivered(Task task, SigInfo info);

    /**
     * Told by the task side when {@code task} has ended, for the trace; forgets what it kept for
     * the task.
     */
    void taskEnded(Task task, ExitStatus status);

    /** Adds a tap; while there is none, taps cost nothing. */
    void addTap(SyscallTap tap);

    void removeTap(SyscallTap tap);

    /**
     * Whether a call of this number may be answered without {@link #dispatch}, by who knows the
     * result: there is a handler, and no tap. {@link #watch} tells when that is over.
     */
    default boolean isAnswerable(int number) {
        return false;
    }

    /** Calls that were answered without {@link #dispatch}. */
    default void countAnswered(int number, long calls) {}

    /** Who is told when {@link #isAnswerable} may say something else; replaces an earlier one. */
    default void watch(Watcher watcher) {}

    /** Switches the decoded trace on, to {@code sink}; replaces an earlier sink. */
    void startStrace(StraceSink sink);

    void stopStrace();

    /** What serves the sandbox has changed: calls that begin from now on go there. */
    void refresh();

    /** Ends the trace and follows the table no longer: the sandbox is down. */
    @Override
    void close();

    /** Calls made so far: number and count, most frequent first. */
    List<Count> collectCounts();

    /** See {@link #watch}. */
    interface Watcher {
        /** Every task has asked anew before it next runs guest code. Any thread, under locks. */
        void answersChanged();
    }

    record Count(int number, long calls) {}

    /** Takes lines of strace output (no newline), from any task's thread. */
    @FunctionalInterface
    interface StraceSink {
        void line(String text);
    }
}
