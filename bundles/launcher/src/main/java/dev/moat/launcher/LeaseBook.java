package dev.moat.launcher;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Who uses which bundle, counted. Thread safe. */
final class LeaseBook {
    private final ReentrantLock lock = new ReentrantLock();

    /** Signalled when the last lease on a bundle is given back. */
    private final Condition released = lock.newCondition();

    /** Number of leases by holder, by bundle id; no zeros. Guarded by the lock. */
    private final Map<Long, Map<String, Integer>> leases = new HashMap<>();

    void add(long bundle, String holder) {
        lock.lock();
        try {
            leases.computeIfAbsent(bundle, _ -> new TreeMap<>()).merge(holder, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
    }

    /** Gives one lease back; one that is not there is a bug of the caller. */
    void remove(long bundle, String holder) {
        lock.lock();
        try {
            Map<String, Integer> holders = leases.getOrDefault(bundle, Map.of());
            if (!holders.containsKey(holder)) {
                throw new IllegalStateException(holder + " has no lease on bundle " + bundle);
            }
            holders.computeIfPresent(holder, (_, count) -> count == 1 ? null : count - 1);
            if (holders.isEmpty()) {
                leases.remove(bundle);
                released.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Names of the holders, sorted, once for each lease. */
    List<String> holders(long bundle) {
        lock.lock();
        try {
            return leases.getOrDefault(bundle, Map.of()).entrySet().stream()
                    .flatMap(
                            entry -> Collections.nCopies(entry.getValue(), entry.getKey()).stream())
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nobody holds a lease; says whether that came true in time. */
    boolean awaitFree(long bundle, long limitNs) {
        long leftNs = limitNs;
        lock.lock();
        try {
            while (leases.containsKey(bundle)) {
                if (leftNs <= 0) {
                    return false;
                }
                leftNs = released.awaitNanos(leftNs);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
