package dev.moat.task.process;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.MemoryAccount.Event;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Where a task stands still because of its control group: frozen, out of CPU time, or above
 * memory.high. Makes room for the kernel's own memory, too. On its way to guest code; own thread
 * only.
 */
@Stateful
final class Holding {
    private final TaskServices services;
    private final GuestTask task;

    /** The wait for memory.high ends then; 0: there is none. */
    private long penaltyEndNs;

    Holding(TaskServices services, GuestTask task) {
        this.services = services;
        this.task = task;
    }

    /** The task comes to a thread: which pays from its group's account from here on. */
    void begin() {
        PayingThread.serve(task);
        PayingThread.pay(task.cgroup().payer());
    }

    /**
     * Stands still as long as the group wants it.
     *
     * @return false: the safe point asks for the task, which comes again
     */
    boolean pass() {
        if (PayingThread.takeShort()) {
            services.sandbox().memory().makeHeapRoom();
        }
        TaskSignals signals = task.signals();
        if (!signals.isHoldAsked() && !PayingThread.isOverHigh() && penaltyEndNs == 0) {
            return true;
        }
        boolean stood = false;
        try {
            while (!signals.isKilled()) {
                signals.beginHold();
                notePenalty();
                Cgroup group = task.cgroup();
                begin();
                task.setFrozen(group.isFreezing());
                boolean punished = services.clock().monotonicNs() < penaltyEndNs;
                if (!group.isFreezing() && !group.isThrottled() && !punished) {
                    break;
                }
                if (signals.safePointAsks()) {
                    signals.askToHold();
                    return false;
                }
                if (!stood) {
                    stood = true;
                    task.setState(TaskState.SLEEPING);
                }
                if (punished && !group.isFreezing() && !group.isThrottled()) {
                    task.blocker().parkUntil(penaltyEndNs);
                } else {
                    task.blocker().parkWhileStopped();
                }
            }
            penaltyEndNs = 0;
            task.setFrozen(false);
            return true;
        } finally {
            if (stood) {
                task.runAgain(Thread.currentThread());
            }
        }
    }

    private void notePenalty() {
        if (!PayingThread.isOverHigh()) {
            return;
        }
        PayingThread.settle();
        MemoryAccount payer = task.cgroup().payer();
        @Nullable MemoryAccount over = payer == null ? null : payer.overHigh();
        if (over == null) {
            return;
        }
        over.count(Event.HIGH);
        services.cgroups().tell(task.cgroup(), "memory.events");
        long penaltyNs = over.penaltyNs();
        if (penaltyNs > 0) {
            penaltyEndNs = services.clock().monotonicNs() + penaltyNs;
        }
    }
}
