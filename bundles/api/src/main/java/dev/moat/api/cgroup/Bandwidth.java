package dev.moat.api.cgroup;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * cpu.max: looks at what the tasks of limited groups have used and holds those that have used their
 * share of the period. The host runs the tasks, so the looks come as often as a share might be used
 * up meanwhile; what was used beyond it is missing in the next period. No look without a limit.
 */
@Stateful
final class Bandwidth implements TimerListener {
    /** Looks are no closer than this: each costs a host call for every task. */
    private static final long MIN_LOOK_NS = 2_000_000;

    private final Sandbox sandbox;
    private final Cgroups tree;

    /** Made with the first limit; guarded by the tree's lock. */
    private @Nullable Timer timer;

    Bandwidth(Sandbox sandbox, Cgroups tree) {
        this.sandbox = sandbox;
        this.tree = tree;
    }

    void limitChangedLocked() {
        Timer own = timer;
        if (own == null) {
            own = sandbox.timers().newTimer(this);
            timer = own;
        }
        own.arm(sandbox.clock().monotonicNs());
    }

    void closeLocked() {
        Timer own = timer;
        if (own != null) {
            own.close();
        }
    }

    @Override
    public void expired(long nowNs) {
        tree.lock();
        try {
            long next = lookLocked(tree.root(), nowNs);
            throttleLocked(tree.root(), false, tree.attendingLocked());
            Timer own = timer;
            if (own != null && next != Long.MAX_VALUE) {
                own.arm(next);
            }
        } finally {
            tree.unlock();
        }
    }

    /** Judges a group and those below; gives when to look again. */
    private long lookLocked(Cgroup group, long nowNs) {
        long next = Long.MAX_VALUE;
        CpuAccount cpu = group.cpu();
        if (cpu.quotaNs() != CpuAccount.MAX) {
            CpuTime used = group.usedLocked();
            long usedNs = used.userNs() + used.systemNs();
            if (cpu.periodStartNs == 0 || nowNs >= cpu.periodStartNs + cpu.periodNs()) {
                cpu.beginPeriod(nowNs, usedNs);
            }
            cpu.judge(nowNs, usedNs);
            long end = cpu.periodStartNs + cpu.periodNs();
            long soonest = nowNs + Math.max(MIN_LOOK_NS, cpu.leftNs(usedNs) / parallel(group));
            next = cpu.exhausted ? end : Math.min(end, soonest);
        } else if (cpu.exhausted) {
            cpu.exhausted = false;
        }
        for (Cgroup child : group.children.values()) {
            next = Math.min(next, lookLocked(child, nowNs));
        }
        return next;
    }

    /** How many CPUs it may be using up time on. */
    private static int parallel(Cgroup group) {
        int tasks = group.members.size();
        for (Cgroup child : group.children.values()) {
            tasks += parallel(child);
        }
        return Math.clamp(tasks, 1, Runtime.getRuntime().availableProcessors());
    }

    private static void throttleLocked(Cgroup group, boolean above, List<Task> attending) {
        boolean now = above || group.cpu().exhausted;
        if (group.throttled != now) {
            group.throttled = now;
            attending.addAll(group.members.keySet());
        }
        group.children.values().forEach(child -> throttleLocked(child, now, attending));
    }
}
