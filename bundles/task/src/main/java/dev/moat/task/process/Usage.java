package dev.moat.task.process;

import dev.moat.abi.Rusage;
import dev.moat.abi.Timeval;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.task.IoCounts;
import dev.moat.api.task.Task.CpuTime;
import java.util.Objects;

/** Resources used by ended tasks or reaped children: sums. Immutable. */
public record Usage(
        long userNs,
        long systemNs,
        long peakResidentBytes,
        long minorFaults,
        long majorFaults,
        long voluntarySwitches,
        IoCounts io) {
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0, IoCounts.NONE);

    /** ru_inblock and ru_oublock count these: task_io_get_inblock(). */
    private static final int BLOCK_SHIFT = 9;

    /** What was written before transfers were counted has none. */
    public Usage {
        io = Objects.requireNonNullElse(io, IoCounts.NONE);
    }

    /** CPU time, switches and transfers of a task only, without looking at memory. */
    public static Usage ofTask(GuestTask task) {
        CpuTime time = task.cpuTime();
        return new Usage(
                time.userNs(),
                time.systemNs(),
                0,
                0,
                0,
                task.voluntarySwitches(),
                task.io().collect());
    }

    /** What an address space tells. */
    static Usage of(MemoryStats stats) {
        return new Usage(
                0,
                0,
                stats.peakResidentBytes(),
                stats.minorFaults(),
                stats.majorFaults(),
                0,
                IoCounts.NONE);
    }

    /** The sum; the peak is the larger one. */
    public Usage plus(Usage other) {
        return new Usage(
                userNs + other.userNs,
                systemNs + other.systemNs,
                Math.max(peakResidentBytes, other.peakResidentBytes),
                minorFaults + other.minorFaults,
                majorFaults + other.majorFaults,
                voluntarySwitches + other.voluntarySwitches,
                io.plus(other.io));
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
                io.fetchedBytes() >>> BLOCK_SHIFT,
                io.storedBytes() >>> BLOCK_SHIFT,
                0,
                0,
                0,
                voluntarySwitches,
                0);
    }
}
