package dev.moat.api.syscall;

import dev.moat.abi.SigInfo;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/** Sees system calls enter and leave: strace, audit, policy. */
@ConsumerType
public interface SyscallTap {
    /**
     * Before the call.
     *
     * @param arguments six values, valid during this call only
     * @return {@link #ALLOW}, or a result (a negated errno) that is given instead of running the
     *     call
     */
    long entered(Task task, int number, long[] arguments);

    /**
     * After the call. A call that the safe point interrupts is entered a second time, marked by
     * {@link dev.moat.api.task.Resumption#isResumed}, and left once.
     */
    void left(Task task, int number, long[] arguments, long result);

    /** A signal is being delivered to {@code task}. */
    default void signalDelivered(Task task, SigInfo info) {}

    /** {@code task} has ended; there is no {@link #left} for a call that never returned. */
    default void taskEnded(Task task, ExitStatus status) {}

    /** Run the call. */
    long ALLOW = Long.MIN_VALUE;
}
