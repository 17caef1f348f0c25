package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** What was swapped in the sandboxes that run. Thread safe. */
final class SwapHistory {
    private static final int KEPT = 200;

    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock; sandboxes leave it when they end. */
    private final Map<Sandbox, List<SwapRecord>> records = new IdentityHashMap<>();

    void add(Sandbox sandbox, SwapRecord entry) {
        boolean first;
        lock.lock();
        try {
            first = !records.containsKey(sandbox);
            List<SwapRecord> list = records.computeIfAbsent(sandbox, _ -> new ArrayList<>());
            list.add(entry);
            if (list.size() > KEPT) {
                list.removeFirst();
            }
        } finally {
            lock.unlock();
        }
        if (first) {
            sandbox.exited().whenComplete((_, _) -> forget(sandbox));
        }
    }

    List<SwapRecord> of(Sandbox sandbox) {
        lock.lock();
        try {
            return List.copyOf(records.getOrDefault(sandbox, List.of()));
        } finally {
            lock.unlock();
        }
    }

    private void forget(Sandbox sandbox) {
        lock.lock();
        try {
            records.remove(sandbox);
        } finally {
            lock.unlock();
        }
    }
}
