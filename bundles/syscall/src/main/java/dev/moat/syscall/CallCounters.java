package dev.moat.syscall;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Calls made, by number. Striped by thread so that tasks do not fight for cache lines; each add is
 * exact. Thread safe.
 */
@Stateful
final class CallCounters {
    private static final int STRIPES = 4;

    private final AtomicLongArray[] stripes = new AtomicLongArray[STRIPES];

    CallCounters() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new AtomicLongArray(SyscallNumbers.COUNT);
        }
    }

    /** Counts one call; numbers that Linux does not have are not counted. */
    void count(int number) {
        if (number >= 0 && number < SyscallNumbers.COUNT) {
            stripes[(int) Thread.currentThread().threadId() & STRIPES - 1].getAndIncrement(number);
        }
    }

    /** Counts several calls of one number. */
    void add(int number, long calls) {
        if (number >= 0 && number < SyscallNumbers.COUNT) {
            stripes[(int) Thread.currentThread().threadId() & STRIPES - 1].addAndGet(number, calls);
        }
    }

    /** Calls with their count, most frequent first. */
    List<SyscallDispatcher.Count> collect() {
        List<SyscallDispatcher.Count> counts = new ArrayList<>();
        for (int number = 0; number < SyscallNumbers.COUNT; number++) {
            long calls = 0;
            for (AtomicLongArray stripe : stripes) {
                calls += stripe.get(number);
            }
            if (calls > 0) {
                counts.add(new SyscallDispatcher.Count(number, calls));
            }
        }
        counts.sort(
                Comparator.comparingLong(SyscallDispatcher.Count::calls)
                        .reversed()
                        .thenComparingInt(SyscallDispatcher.Count::number));
        return List.copyOf(counts);
    }
}
