package dev.moat.api.cgroup;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task.CpuTime;

/** The cpu controller of one group. All but the settings is guarded by the tree's lock. */
@Stateful
public final class CpuAccount {
    /** No limit. */
    public static final long MAX = Long.MAX_VALUE;

    /** Default period and the bounds of it: kernel/sched/core.c. */
    public static final long DEFAULT_PERIOD_NS = 100_000_000L;

    private volatile long quotaNs = MAX;
    private volatile long periodNs = DEFAULT_PERIOD_NS;
    private volatile long burstNs;
    private volatile int weight = 100;
    private volatile boolean idle;

    /** What tasks have used here that ended, or left for another group. */
    private long formerUserNs;

    private long formerSystemNs;

    /** Since when the period lasts; 0: none has begun. */
    long periodStartNs;

    /** What the group had used when the period began. */
    long usedAtStartNs;

    /** What may be used in this period; a debt of the former one is taken off. */
    long budgetNs;

    /** Has used it up. */
    boolean exhausted;

    private long exhaustedSinceNs;
    private long periods;
    private long throttledPeriods;
    private long throttledNs;

    public long quotaNs() {
        return quotaNs;
    }

    public long periodNs() {
        return periodNs;
    }

    /** Use {@link Cgroups#limitCpu}, which begins to enforce it. */
    void limit(long newQuotaNs, long newPeriodNs) {
        quotaNs = newQuotaNs;
        periodNs = newPeriodNs;
        periodStartNs = 0;
    }

    public long burstNs() {
        return burstNs;
    }

    /** cpu.max.burst: what is left of a period may be used later, up to this. */
    public void setBurstNs(long value) {
        burstNs = value;
    }

    public int weight() {
        return weight;
    }

    public void setWeight(int value) {
        weight = value;
    }

    public boolean isIdle() {
        return idle;
    }

    public void setIdle(boolean value) {
        idle = value;
    }

    void addFormer(CpuTime used) {
        formerUserNs += used.userNs();
        formerSystemNs += used.systemNs();
    }

    CpuTime former() {
        return new CpuTime(formerUserNs, formerSystemNs);
    }

    /** Another period begins; nothing is left of the debt of the last one but what is due. */
    void beginPeriod(long nowNs, long usedNs) {
        if (periodStartNs == 0) {
            budgetNs = quotaNs;
        } else {
            long left = budgetNs - (usedNs - usedAtStartNs);
            budgetNs = Math.min(left, burstNs) + quotaNs;
            periods += usedNs != usedAtStartNs || exhausted ? 1 : 0;
            throttledPeriods += exhausted ? 1 : 0;
        }
        periodStartNs = nowNs;
        usedAtStartNs = usedNs;
    }

    /** Looks whether the budget is used up; gives whether that has changed. */
    boolean judge(long nowNs, long usedNs) {
        boolean now = quotaNs != MAX && usedNs - usedAtStartNs >= budgetNs;
        if (now == exhausted) {
            return false;
        }
        if (now) {
            exhaustedSinceNs = nowNs;
        } else {
            throttledNs += nowNs - exhaustedSinceNs;
        }
        exhausted = now;
        return true;
    }

    long leftNs(long usedNs) {
        return budgetNs - (usedNs - usedAtStartNs);
    }

    public long periods() {
        return periods;
    }

    public long throttledPeriods() {
        return throttledPeriods;
    }

    public long throttledNs() {
        return throttledNs;
    }
}
