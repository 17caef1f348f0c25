package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sysinfo}: memory, load and uptime of the system.
 *
 * @param load1 load times 65536
 * @param totalRam in units of {@code memUnitBytes}, as all memory here
 * @see <a href="https://man7.org/linux/man-pages/man2/sysinfo.2.html">sysinfo(2)</a>
 */
public record Sysinfo(
        long uptimeSeconds,
        long load1,
        long load5,
        long load15,
        long totalRam,
        long freeRam,
        long sharedRam,
        long bufferRam,
        long totalSwap,
        long freeSwap,
        int processes,
        long totalHigh,
        long freeHigh,
        int memUnitBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("uptime"),
                            JAVA_LONG.withName("loads[0]"),
                            JAVA_LONG.withName("loads[1]"),
                            JAVA_LONG.withName("loads[2]"),
                            JAVA_LONG.withName("totalram"),
                            JAVA_LONG.withName("freeram"),
                            JAVA_LONG.withName("sharedram"),
                            JAVA_LONG.withName("bufferram"),
                            JAVA_LONG.withName("totalswap"),
                            JAVA_LONG.withName("freeswap"),
                            JAVA_SHORT.withName("procs"),
                            paddingLayout(2),
                            paddingLayout(4),
                            JAVA_LONG.withName("totalhigh"),
                            JAVA_LONG.withName("freehigh"),
                            JAVA_INT.withName("mem_unit"),
                            paddingLayout(4))
                    .withName("struct sysinfo");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long UPTIME = offset("uptime");
    private static final long LOADS_0 = offset("loads[0]");
    private static final long LOADS_1 = offset("loads[1]");
    private static final long LOADS_2 = offset("loads[2]");
    private static final long TOTALRAM = offset("totalram");
    private static final long FREERAM = offset("freeram");
    private static final long SHAREDRAM = offset("sharedram");
    private static final long BUFFERRAM = offset("bufferram");
    private static final long TOTALSWAP = offset("totalswap");
    private static final long FREESWAP = offset("freeswap");
    private static final long PROCS = offset("procs");
    private static final long TOTALHIGH = offset("totalhigh");
    private static final long FREEHIGH = offset("freehigh");
    private static final long MEM_UNIT = offset("mem_unit");

    /** Reads the struct that lies at {@code at}. */
    public static Sysinfo readFrom(MemorySegment segment, long at) {
        return new Sysinfo(
                segment.get(JAVA_LONG_UNALIGNED, at + UPTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + LOADS_0),
                segment.get(JAVA_LONG_UNALIGNED, at + LOADS_1),
                segment.get(JAVA_LONG_UNALIGNED, at + LOADS_2),
                segment.get(JAVA_LONG_UNALIGNED, at + TOTALRAM),
                segment.get(JAVA_LONG_UNALIGNED, at + FREERAM),
                segment.get(JAVA_LONG_UNALIGNED, at + SHAREDRAM),
                segment.get(JAVA_LONG_UNALIGNED, at + BUFFERRAM),
                segment.get(JAVA_LONG_UNALIGNED, at + TOTALSWAP),
                segment.get(JAVA_LONG_UNALIGNED, at + FREESWAP),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + PROCS)),
                segment.get(JAVA_LONG_UNALIGNED, at + TOTALHIGH),
                segment.get(JAVA_LONG_UNALIGNED, at + FREEHIGH),
                segment.get(JAVA_INT_UNALIGNED, at + MEM_UNIT));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + UPTIME, uptimeSeconds);
        segment.set(JAVA_LONG_UNALIGNED, at + LOADS_0, load1);
        segment.set(JAVA_LONG_UNALIGNED, at + LOADS_1, load5);
        segment.set(JAVA_LONG_UNALIGNED, at + LOADS_2, load15);
        segment.set(JAVA_LONG_UNALIGNED, at + TOTALRAM, totalRam);
        segment.set(JAVA_LONG_UNALIGNED, at + FREERAM, freeRam);
        segment.set(JAVA_LONG_UNALIGNED, at + SHAREDRAM, sharedRam);
        segment.set(JAVA_LONG_UNALIGNED, at + BUFFERRAM, bufferRam);
        segment.set(JAVA_LONG_UNALIGNED, at + TOTALSWAP, totalSwap);
        segment.set(JAVA_LONG_UNALIGNED, at + FREESWAP, freeSwap);
        segment.set(JAVA_SHORT_UNALIGNED, at + PROCS, (short) processes);
        segment.set(JAVA_LONG_UNALIGNED, at + TOTALHIGH, totalHigh);
        segment.set(JAVA_LONG_UNALIGNED, at + FREEHIGH, freeHigh);
        segment.set(JAVA_INT_UNALIGNED, at + MEM_UNIT, memUnitBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
