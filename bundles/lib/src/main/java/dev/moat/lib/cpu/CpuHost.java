package dev.moat.lib.cpu;

/** What placing threads needs of the host. Results are negated errnos where they are negative. */
public interface CpuHost {
    /** gettid(2) of the caller. */
    int threadId();

    /** getcpu(2) of the caller. */
    int currentCpu();

    /** sched_setaffinity(2) of a thread, 0 for the caller, to one CPU. */
    int pinToCpu(int tid, int cpu);

    /** sched_setaffinity(2); {@code mask} is a bit set. */
    int setAffinity(int tid, long[] mask);

    /** sched_getaffinity(2). */
    int getAffinity(int tid, long[] mask);

    /** setpriority(2) of a thread, 0 for the caller. */
    int setNice(int tid, int nice);

    /** getpriority(2) of the caller: -20 to 19. */
    int nice();

    /** {@code times[0]}: time that a thread ran, {@code times[1]}: that it waited for a CPU. */
    int schedulerTimes(int tid, long[] times);
}
