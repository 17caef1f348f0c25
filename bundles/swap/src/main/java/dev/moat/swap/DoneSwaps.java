package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** Swaps that can be undone, by sandbox, and who wants to know of a sandbox' end. Thread safe. */
final class DoneSwaps {
    private static final int KEPT = 32;

    private final ReentrantLock lock = new ReentrantLock();

    /** Last one first; guarded by the lock, as what follows. */
    private final Map<Sandbox, Deque<Plan>> plans = new HashMap<>();

    private final Set<Sandbox> watched = new HashSet<>();

    void add(Plan plan) {
        lock.lock();
        try {
            Deque<Plan> own = plans.computeIfAbsent(plan.sandbox(), _ -> new ArrayDeque<>());
            own.addFirst(plan);
            if (own.size() > KEPT) {
                own.removeLast();
            }
        } finally {
            lock.unlock();
        }
    }

    Optional<Plan> last(Sandbox sandbox) {
        lock.lock();
        try {
            Deque<Plan> own = plans.get(sandbox);
            return own == null ? Optional.empty() : Optional.ofNullable(own.peekFirst());
        } finally {
            lock.unlock();
        }
    }

    boolean isLast(Plan plan) {
        return last(plan.sandbox()).filter(last -> last == plan).isPresent();
    }

    void undone(Sandbox sandbox, Plan plan) {
        lock.lock();
        try {
            Deque<Plan> own = plans.get(sandbox);
            if (own != null) {
                own.removeIf(one -> one == plan);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Calls {@code action} when a sandbox has ended; once for each sandbox. */
    void onEnd(Sandbox sandbox, Runnable action) {
        lock.lock();
        try {
            if (!watched.add(sandbox)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        sandbox.exited()
                .whenComplete((_, _) -> {
                    forget(sandbox);
                    action.run();
                });
    }

    private void forget(Sandbox sandbox) {
        lock.lock();
        try {
            plans.remove(sandbox);
            watched.remove(sandbox);
        } finally {
            lock.unlock();
        }
    }
}
