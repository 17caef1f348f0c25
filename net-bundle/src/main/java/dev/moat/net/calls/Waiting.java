package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Repeats a transfer that would block until it does not. */
final class Waiting {
    private Waiting() {}

    /**
     * Tries, waits and tries again.
     *
     * @param timeoutNs SO_RCVTIMEO or SO_SNDTIMEO, {@link Blocker#FOREVER} for none
     * @return the result; -EAGAIN if it may not wait or time ran out; a restart code or -EINTR
     *     (with a timeout, as sock_intr_errno) if a signal came
     */
    static long until(
            Task task,
            boolean mayWait,
            long timeoutNs,
            Supplier<WaitQueue> queue,
            LongSupplier attempt) {
        long first = attempt.getAsLong();
        if (first != Errno.EAGAIN.negated() || !mayWait) {
            return first;
        }
        long deadlineNs = task.resumption().deadlineAfter(task, timeoutNs);
        long[] result = {first};
        WaitQueue[] place = {queue.get()};
        Blocker.Outcome outcome;
        do {
            WaitQueue here = place[0];
            outcome =
                    task.blocker()
                            .block(
                                    here,
                                    () -> {
                                        result[0] = attempt.getAsLong();
                                        if (result[0] != Errno.EAGAIN.negated()) {
                                            return true;
                                        }
                                        // What it has to wait for may have become another thing.
                                        place[0] = queue.get();
                                        return place[0] != here;
                                    },
                                    deadlineNs);
        } while (outcome == Blocker.Outcome.READY && result[0] == Errno.EAGAIN.negated());
        return switch (outcome) {
            case READY -> result[0];
            case TIMED_OUT -> Errno.EAGAIN.negated();
            case INTERRUPTED ->
                    timeoutNs == Blocker.FOREVER ? -Restart.ERESTARTSYS : Errno.EINTR.negated();
        };
    }
}
