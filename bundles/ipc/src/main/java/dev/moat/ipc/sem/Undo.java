package dev.moat.ipc.sem;

import dev.moat.api.swap.Stateful;

/**
 * What the tasks that share an undo list have to give back in one set: semadj of semop(2). Guarded
 * by the set's lock.
 */
@Stateful
final class Undo {
    private final SemaphoreSet set;
    private final int[] adjustments;

    Undo(SemaphoreSet set) {
        this.set = set;
        this.adjustments = new int[set.count()];
    }

    SemaphoreSet set() {
        return set;
    }

    int getLocked(int number) {
        return adjustments[number];
    }

    void setLocked(int number, int adjustment) {
        adjustments[number] = adjustment;
    }
}
