package dev.moat.api.syscall;

import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/** Sees system calls enter and leave: strace, audit, policy. */
@ConsumerType
public interface SyscallTap {
    /**
     * Before the call.
     *
     * @param arguments six values, valid during this call only
     * @return {@link #ALLOW}, or a result (a negated errno) that is given instead of running the call
     */
    long entered(Task task, int number, long[] arguments);

    /** After the call. */
    void left(Task task, int number, long[] arguments, long result);

    /** Run the call. */
    long ALLOW = Long.MIN_VALUE;
}
