package dev.moat.task.process;

import dev.moat.api.swap.Stateful;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives out ids: the lowest after the last one that nobody uses. An id is in use by a task, a
 * process group and a session at the same time, so uses are counted. Guarded by the tree's lock.
 */
@Stateful
final class PidAllocator {
    /** After a wrap low ids stay free; kernel/pid.c RESERVED_PIDS. */
    private static final int RESERVED = 300;

    private final Map<Integer, Integer> uses = new HashMap<>();
    private int last;

    /** The id that was given last, or that somebody wants to count as such. */
    int last() {
        return last;
    }

    void setLast(int id) {
        last = id;
    }

    /**
     * A fresh id with one use, or -1 if all are taken.
     *
     * @param limit ids are below it: pid_max
     */
    int allocateNext(int limit) {
        int candidate = last;
        for (int i = 0; i < limit; i++) {
            candidate = candidate + 1 >= limit ? RESERVED : candidate + 1;
            if (!uses.containsKey(candidate)) {
                uses.put(candidate, 1);
                last = candidate;
                return candidate;
            }
        }
        return -1;
    }

    /** Takes this very id (clone3's set_tid); false if it is in use. */
    boolean allocate(int wanted, int limit) {
        return wanted > 0 && wanted < limit && uses.putIfAbsent(wanted, 1) == null;
    }

    void retain(int id) {
        uses.merge(id, 1, Integer::sum);
    }

    /** One use less; gives whether it was the last one. */
    boolean release(int id) {
        return uses.computeIfPresent(id, (key, count) -> count == 1 ? null : count - 1) == null;
    }
}
