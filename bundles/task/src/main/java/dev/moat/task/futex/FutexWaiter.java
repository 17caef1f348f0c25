package dev.moat.task.futex;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Resumption;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A task in a bucket. */
@Stateful
final class FutexWaiter implements BooleanSupplier, Resumption.Abandonable {
    final Sleeper sleeper;
    final int bitset;

    /**
     * {@link Sleeper#queueRank} when it began to wait: a later change of the priority does not move
     * it, as in kernel/futex/core.c.
     */
    final int rank;

    /** Guarded by the bucket's lock; changes when it is requeued. */
    FutexKey key;

    /**
     * Where it hangs; null once it was woken or taken out. Written under that bucket's lock, read
     * without.
     */
    volatile @Nullable FutexBucket bucket;

    /** Set under the bucket's lock by whoever wakes. */
    volatile boolean woken;

    /** Its place in the queue of the lock that it wants to wake up with: FUTEX_WAIT_REQUEUE_PI. */
    private final @Nullable PiWaiter heir;

    FutexWaiter(Sleeper sleeper, FutexKey key, int bitset) {
        this(sleeper, key, bitset, null);
    }

    FutexWaiter(Sleeper sleeper, FutexKey key, int bitset, @Nullable PiWaiter heir) {
        this.sleeper = sleeper;
        this.key = key;
        this.bitset = bitset;
        this.rank = sleeper.queueRank();
        this.heir = heir;
    }

    /** Whether only a requeue to a priority-inheritance futex moves or wakes it. */
    boolean isForPi() {
        return heir != null;
    }

    /** Whether a requeue to this priority-inheritance futex may move it. */
    boolean isFor(FutexKey target) {
        return heir != null && heir.key.equals(target);
    }

    PiWaiter heir() {
        if (heir == null) {
            throw new IllegalStateException("a plain waiter");
        }
        return heir;
    }

    @Override
    public void abandoned() {
        if (!FutexTable.dequeue(this) && sleeper instanceof QueueSleeper queued) {
            queued.passOn(this);
        }
    }

    @Override
    public boolean getAsBoolean() {
        return woken || heir != null && heir.acquired;
    }
}
