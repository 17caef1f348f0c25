package dev.moat.api.host;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/** Facts about the host and its clocks. Results: see the package description. */
@ProviderType
public interface HostSystem {
    /** {@code CLOCK_REALTIME}. */
    int CLOCK_REALTIME = 0;

    /** {@code CLOCK_MONOTONIC}. */
    int CLOCK_MONOTONIC = 1;

    /** {@code CLOCK_BOOTTIME}. */
    int CLOCK_BOOTTIME = 7;

    /**
     * clock_gettime(2) in nanoseconds since the clock's epoch. Through the host's vDSO: no host
     * system call.
     */
    long clockNs(int clockId);

    /** getrandom(2): fills all of {@code target}. */
    void random(byte[] target);

    /** getrandom(2): fills all of {@code target}. */
    void random(MemorySegment target);

    /** uname(2). */
    HostName name();

    /** CPUs that this process may use (sched_getaffinity(2)). */
    int usableCpus();

    /**
     * Numbers of the CPUs that this process may use (sched_getaffinity(2)), ascending: guests know
     * the first as 0, the second as 1.
     */
    int[] usableCpuNumbers();

    /** Physical memory, from sysinfo(2). */
    long totalMemoryBytes();

    /** Free memory plus buffers, from sysinfo(2). */
    long freeMemoryBytes();

    /** Effective user id of the kernel host. */
    int uid();

    /** Effective group id of the kernel host. */
    int gid();

    /** Process id of the kernel host. */
    int processId();

    /** {@code kernel.yama.ptrace_scope}: 0 to 3; 0 where the host has no Yama. */
    int ptraceScope();

    /** Effective capabilities of the kernel host as a bit set, bit n is capability n. */
    long effectiveCapabilities();

    /**
     * Reads the CPU's time stamp counter ({@code rdtsc}), about 20 ns.
     *
     * @return 0 where the host does not trust it for its own clocks (current_clocksource is not
     *     {@code tsc}): then nobody else should
     */
    long timestampCounter();

    /**
     * getauxval(3): a word of the kernel host's own auxiliary vector (AT_HWCAP, AT_HWCAP2...), 0 if
     * absent.
     */
    long auxiliaryValue(int type);

    /** {@code vm.max_map_count}: how many mappings one host process may have. */
    long maxMapCount();

    /**
     * {@code uname(2)} of the host.
     *
     * @param release for example {@code 6.18.44}
     */
    record HostName(String system, String node, String release, String version, String machine) {}
}
