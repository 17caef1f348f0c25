package dev.moat.task.process;

import dev.moat.abi.SchedPolicy;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.PagePlacement;
import dev.moat.task.futex.Sleeper;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Scheduling attributes of one task: sched(7). The platform hears of the CPUs it may run on and of
 * how much it gives up for others. It never gets more than others: that would be at the cost of
 * other sandboxes.
 */
@Stateful(version = 2, upgrade = SchedulingUpgrade.class)
public final class Scheduling implements Restorable {
    /** The largest nice value. */
    private static final int LEAST = 19;

    /** Of the first process: init/init_task.c. */
    static final long DEFAULT_SLACK_NS = 50_000;

    private volatile int policy;
    private volatile int priority;
    private volatile int nice;
    private volatile boolean resetOnFork;

    /** Written before the task runs. */
    private volatile long initialSlackNs = DEFAULT_SLACK_NS;

    private PagePlacement placement = new PagePlacement();
    private AtomicReference<@Nullable IoContext> io = new AtomicReference<>();

    /**
     * CPUs as sched_setaffinity(2) was asked for, bit n of word n/64; guests have no more than 64.
     */
    private volatile long affinity = -1L;

    public int policy() {
        return policy;
    }

    public int priority() {
        return priority;
    }

    public void setPolicy(int newPolicy, int newPriority, boolean newResetOnFork) {
        policy = newPolicy;
        priority = newPriority;
        resetOnFork = newResetOnFork;
    }

    /** What a new slack of timers comes to, see {@link dev.moat.api.task.Task#timerSlackNs}. */
    long slackNs(long wantedNs) {
        if (policy == SchedPolicy.SCHED_FIFO || policy == SchedPolicy.SCHED_RR) {
            return 0;
        }
        return wantedNs == 0 ? initialSlackNs : wantedNs;
    }

    /** What the parent had becomes what 0 stands for: copy_process(), kernel/fork.c. */
    void beginWithSlack(long parentsNs) {
        initialSlackNs = parentsNs;
    }

    public int nice() {
        return nice;
    }

    public void setNice(int value) {
        nice = value;
    }

    /** The nice value that has an effect: 0 to 19. */
    int givenUp() {
        return switch (policy) {
            case SchedPolicy.SCHED_IDLE -> LEAST;
            case SchedPolicy.SCHED_FIFO, SchedPolicy.SCHED_RR -> 0;
            default -> Math.max(0, nice);
        };
    }

    /** {@link Sleeper#queueRank}: kernel/sched/syscalls.c normal_prio. */
    int queueRank() {
        return switch (policy) {
            case SchedPolicy.SCHED_FIFO, SchedPolicy.SCHED_RR ->
                    SchedPolicy.SCHED_PRIORITY_MAX - priority;
            default -> Sleeper.NO_REAL_TIME;
        };
    }

    /** Tells the platform; null: there is no context yet, which will be told. */
    void tell(@Nullable ExecutionContext context) {
        if (context != null) {
            context.prefer(givenUp(), affinity);
        }
    }

    /** What was set has its effect from here on. Any thread. */
    public void apply(GuestTask task) {
        tell(task.loop().contextOrNull());
        task.revisit();
    }

    public boolean resetOnFork() {
        return resetOnFork;
    }

    public int ioPriority() {
        IoContext context = io.get();
        return context == null ? 0 : context.priority();
    }

    public void setIoPriority(int value) {
        IoContext context = io.get();
        if (context == null) {
            IoContext fresh = new IoContext(value);
            context = io.compareAndExchange(null, fresh);
            if (context == null) {
                return;
            }
        }
        context.setPriority(value);
    }

    /** For kcmp(2); null if there is none. */
    public @Nullable IoContext ioContextOrNull() {
        return io.get();
    }

    PagePlacement placement() {
        return placement;
    }

    /** What was written by earlier revisions has no placement and no I/O context. */
    @Override
    public void restored() {
        io = Objects.requireNonNullElseGet(io, AtomicReference::new);
        placement = Objects.requireNonNullElseGet(placement, PagePlacement::new);
        // Earlier revisions wrote none.
        initialSlackNs = initialSlackNs == 0 ? DEFAULT_SLACK_NS : initialSlackNs;
    }

    public long affinity() {
        return affinity;
    }

    public void setAffinity(long mask) {
        affinity = mask;
    }

    /** What a child starts with that shares the I/O context, if there is one. */
    Scheduling forkedSharingIo() {
        Scheduling child = forked();
        child.io.set(io.get());
        return child;
    }

    /** What a child starts with. */
    Scheduling forked() {
        Scheduling child = new Scheduling();
        child.affinity = affinity;
        IoContext context = io.get();
        if (context != null && context.isInherited()) {
            child.io.set(new IoContext(context.priority()));
        }
        child.nice = nice;
        child.placement = placement.forked();
        if (resetOnFork) {
            child.nice = Math.max(nice, 0);
        } else {
            child.policy = policy;
            child.priority = priority;
        }
        return child;
    }
}
