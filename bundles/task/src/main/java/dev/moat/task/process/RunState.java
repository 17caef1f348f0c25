package dev.moat.task.process;

/**
 * Where a task's thread is in its loop. An enum and not records: a system call must not allocate.
 */
enum RunState {
    /** In guest code, or in a system call or fault that guest code made. */
    APP,
    /** Something wants attention: signals, a stop, the end. */
    ATTENTION,
    /** Stopped by job control. */
    STOPPED,
    /** On the way out. */
    EXITING,
    /** Gone. */
    DEAD
}
