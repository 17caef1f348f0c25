package dev.moat.task.process;

/**
 * Where a task's thread is in its loop. An enum and not records: a system call must not allocate.
 */
enum RunState {
    /** Not in guest code yet. */
    LAUNCHING,
    /** In guest code, or in a system call or fault that guest code made. */
    APP,
    /** In a system call that is looked at, by filters: goes on with that. */
    CALL,
    /** Something wants attention: signals, a stop, the end. */
    ATTENTION,
    /** Stopped by job control. */
    STOPPED,
    /** Stopped for its tracer. */
    TRACED,
    /** On the way out. */
    EXITING,
    /** In a system call that the safe point took out of a wait: it is made again. */
    SUSPENDED,
    /** Gone. */
    DEAD;

    /**
     * Whether all that the task is in the middle of is in fields: it may stand at the safe point.
     */
    boolean mayPark() {
        return switch (this) {
            case APP, CALL, ATTENTION, STOPPED, TRACED, SUSPENDED -> true;
            case LAUNCHING, EXITING, DEAD -> false;
        };
    }
}
