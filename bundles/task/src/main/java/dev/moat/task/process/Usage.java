package dev.moat.task.process;

import dev.moat.abi.Rusage;
import dev.moat.abi.Timeval;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.task.Task.CpuTime;

/** Resources used by ended tasks or reaped children: sums. Immutable. */
public record Usage(
        long userNs,
        long systemNs,
        long peakResidentBytes,
        long minorFaults,
        long majorFaults,
        long voluntarySwitches) {
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0);

    /** What an address space tells. */
    static Usage of(MemoryStats stats) {
        return new Usage(
                0, 0, stats.peakResidentBytes(), stats.minorFaults(), stats.majorFaults(), 0);
    }

    /** The sum; the peak is the larger one. */
    public Usage plus(Usage other) {
        return new Usage(
                userNs + other.userNs,
                systemNs + other.systemNs,
                Math.max(peakResidentBytes, other.peakResidentBytes),
                minorFaults + other.minorFaults,
                majorFaults + other.majorFaults,
                voluntarySwitches + other.voluntarySwitches);
    }

    public CpuTime cpuTime() {
        return new CpuTime(userNs, systemNs);
    }

    public Rusage toRusage() {
        return new Rusage(
                Timeval.ofNanos(userNs),
                Timeval.ofNanos(systemNs),
                peakResidentBytes / 1024,
                0,
                0,
                0,
                minorFaults,
                majorFaults,
                0,
                0,
                0,
                0,
                0,
                0,
                voluntarySwitches,
                0);
    }
}
