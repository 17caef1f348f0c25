package dev.moat.task.process;

import dev.moat.api.mm.FaultWaiter;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.WaitQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** {@link FaultWaiter}: finds the task whose thread calls. Rare, so looking at all is cheap. */
@Stateful
final class TaskFaultWaiter implements FaultWaiter {
    private final TaskServices services;

    TaskFaultWaiter(TaskServices services) {
        this.services = services;
    }

    @Override
    public int currentTid() {
        GuestTask task = current();
        return task == null ? 0 : task.pids().seen(task.tid());
    }

    @Override
    public boolean await(WaitQueue queue, BooleanSupplier over) {
        GuestTask task = current();
        return task != null && task.blocker().blockInPlace(queue, over) == Blocker.Outcome.READY;
    }

    @Override
    public void linger(WaitQueue queue, BooleanSupplier over) {
        GuestTask task = current();
        if (task != null) {
            task.blocker()
                    .blockInPlace(
                            queue, () -> over.getAsBoolean() || task.signals().safePointAsks());
        }
    }

    private @Nullable GuestTask current() {
        for (GuestGroup group : services.tree().collectGroups()) {
            for (GuestTask task : group.live) {
                if (task.blocker().isCurrent()) {
                    return task;
                }
            }
        }
        return null;
    }
}
