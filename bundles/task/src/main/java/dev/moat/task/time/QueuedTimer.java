package dev.moat.task.time;

import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;

/** A timer of a {@link TimerQueue}, whose lock guards all of its state. */
@Stateful
final class QueuedTimer implements Timer {
    /** Not in the heap. */
    static final int NOWHERE = -1;

    final TimerListener listener;

    /** Guarded by the queue's lock. */
    int place = NOWHERE;

    /** Guarded by the queue's lock. */
    long deadline = NEVER;

    /** Guarded by the queue's lock. */
    boolean closed;

    private final TimerQueue queue;

    QueuedTimer(TimerQueue queue, TimerListener listener) {
        this.queue = queue;
        this.listener = listener;
    }

    @Override
    public void arm(long deadlineNs) {
        queue.arm(this, deadlineNs);
    }

    @Override
    public void disarm() {
        queue.arm(this, NEVER);
    }

    @Override
    public long deadlineNs() {
        return queue.deadlineOf(this);
    }

    @Override
    public void close() {
        queue.close(this);
    }
}
