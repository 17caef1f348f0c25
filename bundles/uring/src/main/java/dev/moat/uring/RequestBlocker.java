package dev.moat.uring;

import dev.moat.api.task.Blocker;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * How an operation waits: it registers, and leaves the call as for the safe point; when it is woken
 * the call is made again. Lives for one attempt.
 */
final class RequestBlocker implements Blocker {
    private final Request request;

    RequestBlocker(Request request) {
        this.request = request;
    }

    @Override
    public Outcome block(WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
        return block(List.of(queue), ready, deadlineNs);
    }

    @Override
    public Outcome block(List<WaitQueue> queues, BooleanSupplier ready, long deadlineNs) {
        request.arm(queues);
        if (ready.getAsBoolean()) {
            request.disarm();
            return Outcome.READY;
        }
        if (deadlineNs != FOREVER && request.clock().monotonicNs() >= deadlineNs) {
            request.disarm();
            return Outcome.TIMED_OUT;
        }
        request.waitUntil(deadlineNs);
        request.resumption().suspend(deadlineNs);
        throw WaitSuspended.INSTANCE;
    }

    @Override
    public Outcome blockUninterruptibly(WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
        return block(List.of(queue), ready, deadlineNs);
    }

    @Override
    public void pause() {
        // The worker comes to the safe point between two operations.
    }
}
