package dev.moat.task.process;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.task.Task.CpuTime;

/**
 * What a checkpoint knows of a context.
 *
 * @param time that the task has used until then
 */
record SavedContext(ContextState state, CpuTime time) {
    /** On the task's own thread. */
    static SavedContext of(ExecutionContext context, CpuTime time) {
        ContextState state = ContextState.of(context);
        // Its call was made in another kernel host: the one that restores must not think of one.
        state.registers()[UserRegs.ORIG_RAX] = -1;
        return new SavedContext(state, time);
    }
}
