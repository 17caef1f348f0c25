package dev.moat.sandbox;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last lines a sandbox' kernel had to say (Linux' ring buffer of dmesg). Thread safe. */
@Stateful
final class KernelLog {
    private static final int CAPACITY_LINES = 1000;

    private final RankedLock lock = new RankedLock(LockRank.TASK);
    private final Deque<String> lines = new ArrayDeque<>();

    void add(String line) {
        lock.lock();
        try {
            if (lines.size() == CAPACITY_LINES) {
                lines.removeFirst();
            }
            lines.addLast(line);
        } finally {
            lock.unlock();
        }
    }

    List<String> collectLines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }
}
