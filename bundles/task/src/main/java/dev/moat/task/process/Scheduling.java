package dev.moat.task.process;

import dev.moat.api.swap.Stateful;

/**
 * Scheduling attributes of one task: sched(7). They are kept and told, with the permission rules of
 * Linux; the host schedules all tasks alike.
 */
@Stateful
public final class Scheduling {
    private volatile int policy;
    private volatile int priority;
    private volatile int nice;
    private volatile boolean resetOnFork;
    private volatile int ioPriority;

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

    public int nice() {
        return nice;
    }

    public void setNice(int value) {
        nice = value;
    }

    public boolean resetOnFork() {
        return resetOnFork;
    }

    public int ioPriority() {
        return ioPriority;
    }

    public void setIoPriority(int value) {
        ioPriority = value;
    }

    public long affinity() {
        return affinity;
    }

    public void setAffinity(long mask) {
        affinity = mask;
    }

    /** What a child starts with. */
    Scheduling forked() {
        Scheduling child = new Scheduling();
        child.affinity = affinity;
        child.ioPriority = ioPriority;
        child.nice = nice;
        if (resetOnFork) {
            child.nice = Math.max(nice, 0);
        } else {
            child.policy = policy;
            child.priority = priority;
        }
        return child;
    }
}
