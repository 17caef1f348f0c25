package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.util.function.BooleanSupplier;

/** Waits for completions of a ring: io_cqring_wait. One call's. */
final class CompletionWait implements BooleanSupplier {
    /** Noted as the progress of a suspended call: any completion will do by now. */
    private static final long BATCH_OVER = 1;

    private final Task task;
    private final Ring ring;
    private final long timeoutsBefore;
    private int wanted;

    CompletionWait(Task task, Ring ring, int wanted) {
        this.task = task;
        this.ring = ring;
        this.wanted = wanted;
        this.timeoutsBefore = ring.timeouts();
    }

    /**
     * Waits until there are as many as wanted, or one of a timeout; once the batch is over any one
     * will do.
     *
     * @return 0; if there are none, also -ETIME, -EINTR
     */
    long run(WaitArgument argument) {
        Blocker.Outcome outcome;
        try {
            outcome =
                    argument.batchNs() == 0
                            ? await(argument.deadlineNs())
                            : awaitBatch(argument.batchNs(), argument.deadlineNs());
        } catch (WaitSuspended e) {
            task.resumption().setCallDeadline(argument.deadlineNs());
            throw e;
        }
        if (ring.completionsWaiting() != 0) {
            return 0;
        }
        return switch (outcome) {
            case READY -> 0;
            case TIMED_OUT -> Errno.ETIME.negated();
            case INTERRUPTED -> Errno.EINTR.negated();
        };
    }

    private Blocker.Outcome awaitBatch(long batchNs, long deadlineNs) {
        Resumption resumption = task.resumption();
        if (resumption.progress() != BATCH_OVER) {
            long endNs =
                    resumption.isResumed()
                            ? resumption.deadlineNs()
                            : task.sandbox().clock().monotonicNs() + batchNs;
            Blocker.Outcome outcome = await(endNs);
            boolean last = deadlineNs == Blocker.FOREVER || deadlineNs <= endNs;
            if (outcome != Blocker.Outcome.TIMED_OUT || last || ring.completionsWaiting() != 0) {
                return outcome;
            }
        }
        wanted = 1;
        try {
            return await(deadlineNs);
        } catch (WaitSuspended e) {
            resumption.setProgress(BATCH_OVER);
            throw e;
        }
    }

    private Blocker.Outcome await(long untilNs) {
        return task.blocker().block(ring.waitQueue(), this, untilNs);
    }

    @Override
    public boolean getAsBoolean() {
        return ring.timeouts() != timeoutsBefore
                || Integer.compareUnsigned(ring.completionsWaiting(), wanted) >= 0;
    }
}
