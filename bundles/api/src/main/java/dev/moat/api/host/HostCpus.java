package dev.moat.api.host;

import org.osgi.annotation.versioning.ProviderType;

/**
 * On which CPUs the threads of the kernel host and of its children run. Results are negated errnos
 * where they are negative.
 */
@ProviderType
public interface HostCpus {
    /** gettid(2) of the calling (platform) thread. */
    int threadId();

    /** getcpu(2): the CPU that the calling thread is on. */
    int currentCpu();

    /** sched_setaffinity(2) of any thread, 0 for the caller, to one CPU. */
    int pinToCpu(int tid, int cpu);

    /**
     * sched_setaffinity(2) of any thread, 0 for the caller; {@code mask[n / 64]} bit {@code n % 64}
     * is CPU n.
     */
    int setAffinity(int tid, long[] mask);

    /** sched_getaffinity(2): fills {@code mask}; the result is the bytes the host filled. */
    int getAffinity(int tid, long[] mask);

    /** setpriority(2) of one thread, 0 for the caller. */
    int setNice(int tid, int nice);

    /** getpriority(2) of the calling thread: -20 to 19. */
    int nice();

    /**
     * What the scheduler says of a thread ({@code /proc/tid/schedstat}): {@code times[0]} is the
     * time it ran, {@code times[1]} the time it was runnable and waited for a CPU, in nanoseconds.
     */
    int schedulerTimes(int tid, long[] times);
}
