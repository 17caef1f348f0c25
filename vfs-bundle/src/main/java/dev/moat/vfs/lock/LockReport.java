package dev.moat.vfs.lock;

import java.util.ArrayList;
import java.util.List;

/**
 * The locks of one file in the order of {@code /proc/locks}: behind each the waiters that it keeps
 * away, behind each of these the ones that came later and collide with it. Lives for one report.
 */
final class LockReport {
    private final List<LockWaiter> waiters;
    private final List<LockLine> lines = new ArrayList<>();

    /**
     * @param waiters in the order in which they came; emptied
     */
    LockReport(List<LockWaiter> waiters) {
        this.waiters = waiters;
    }

    void add(RecordLock held) {
        lines.add(LockLine.of(held, 0));
        addWaiters(held, false);
    }

    void addWhole(RecordLock held) {
        lines.add(LockLine.ofWhole(held, 0));
        addWaiters(held, true);
    }

    private void addWaiters(RecordLock held, boolean whole) {
        List<LockWaiter> kept = new ArrayList<>();
        for (LockWaiter waiter : List.copyOf(waiters)) {
            if (waiter.whole() == whole && waiter.waitsFor(held)) {
                kept.add(waiter);
                waiters.remove(waiter);
            }
        }
        addTree(kept, 1);
    }

    /** The first waits for what is above; later ones for the first of these that collides. */
    private void addTree(List<LockWaiter> among, int depth) {
        List<LockWaiter> left = new ArrayList<>(among);
        while (!left.isEmpty()) {
            LockWaiter first = left.removeFirst();
            lines.add(first.line(depth));
            List<LockWaiter> behind =
                    left.stream().filter(later -> later.waitsFor(first.wanted())).toList();
            left.removeAll(behind);
            addTree(behind, depth + 1);
        }
    }

    List<LockLine> lines() {
        return lines;
    }
}
