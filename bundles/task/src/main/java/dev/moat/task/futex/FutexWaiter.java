package dev.moat.task.futex;

import dev.moat.api.swap.Stateful;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A task in a bucket. */
@Stateful
final class FutexWaiter implements BooleanSupplier {
    final Sleeper sleeper;
    final int bitset;

    /** Guarded by the bucket's lock; changes when it is requeued. */
    FutexKey key;

    /**
     * Where it hangs; null once it was woken or taken out. Written under that bucket's lock, read
     * without.
     */
    volatile @Nullable FutexBucket bucket;

    /** Set under the bucket's lock by whoever wakes. */
    volatile boolean woken;

    FutexWaiter(Sleeper sleeper, FutexKey key, int bitset) {
        this.sleeper = sleeper;
        this.key = key;
        this.bitset = bitset;
    }

    @Override
    public boolean getAsBoolean() {
        return woken;
    }
}
