package dev.moat.task.process;

import dev.moat.abi.SchedPolicy;
import dev.moat.api.swap.Stateful;

/**
 * What ioprio_set(2) makes for a task, and what clone(2) shares by CLONE_IO: block/blk-ioc.c. A
 * task for which nobody has called it has none.
 */
@Stateful
public final class IoContext {
    private volatile int priority;

    IoContext(int priority) {
        this.priority = priority;
    }

    int priority() {
        return priority;
    }

    void setPriority(int value) {
        priority = value;
    }

    /** Whether a child that does not share it gets one like it: ioprio_valid(). */
    boolean isInherited() {
        return priority >>> SchedPolicy.IOPRIO_CLASS_SHIFT != 0;
    }
}
