package dev.moat.task.process;

import dev.moat.api.platform.ContextState;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/** What the tasks of a process that dumps core leave behind. Guarded by the signal lock. */
@Stateful
final class CoreThreads {
    /** In order of their end. */
    final List<Part> parts = new ArrayList<>();

    /**
     * One task.
     *
     * @param call the system call that it was in, or -1
     */
    record Part(int tid, ContextState state, long call, long blocked, long pending) {}
}
