package dev.moat.swap.checkpoint;

import dev.moat.swap.engine.StateField;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which lock a condition belongs to. A condition does not tell; its lock is a field of the same
 * object, as everywhere in the kernel.
 */
final class Conditions {
    private final Map<Condition, ReentrantLock> locks = new IdentityHashMap<>();

    /** Looks at an object that is about to be written. */
    void note(Object owner, List<StateField> fields) {
        List<ReentrantLock> candidates = new ArrayList<>();
        List<Condition> conditions = new ArrayList<>();
        for (StateField field : fields) {
            Object value = field.isPrimitive() ? null : field.get(owner);
            if (value instanceof ReentrantLock lock) {
                candidates.add(lock);
            } else if (value instanceof Condition condition) {
                conditions.add(condition);
            }
        }
        for (Condition condition : conditions) {
            for (ReentrantLock lock : candidates) {
                if (isOf(condition, lock)) {
                    locks.put(condition, lock);
                }
            }
        }
    }

    Optional<ReentrantLock> lockOf(Condition condition) {
        return Optional.ofNullable(locks.get(condition));
    }

    private static boolean isOf(Condition condition, ReentrantLock lock) {
        lock.lock();
        try {
            // throws if it belongs to another lock
            return lock.getWaitQueueLength(condition) >= 0;
        } catch (IllegalArgumentException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }
}
