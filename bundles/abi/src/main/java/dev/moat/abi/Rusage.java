package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct rusage}: resources that were used; fields that Linux does not maintain are zero.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrusage.2.html">getrusage(2)</a>
 */
public record Rusage(
        Timeval userTime,
        Timeval systemTime,
        long maxResidentKib,
        long sharedText,
        long unsharedData,
        long unsharedStack,
        long minorFaults,
        long majorFaults,
        long swaps,
        long blocksIn,
        long blocksOut,
        long messagesSent,
        long messagesReceived,
        long signals,
        long voluntarySwitches,
        long involuntarySwitches) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            Timeval.LAYOUT.withName("ru_utime"),
                            Timeval.LAYOUT.withName("ru_stime"),
                            JAVA_LONG.withName("ru_maxrss"),
                            JAVA_LONG.withName("ru_ixrss"),
                            JAVA_LONG.withName("ru_idrss"),
                            JAVA_LONG.withName("ru_isrss"),
                            JAVA_LONG.withName("ru_minflt"),
                            JAVA_LONG.withName("ru_majflt"),
                            JAVA_LONG.withName("ru_nswap"),
                            JAVA_LONG.withName("ru_inblock"),
                            JAVA_LONG.withName("ru_oublock"),
                            JAVA_LONG.withName("ru_msgsnd"),
                            JAVA_LONG.withName("ru_msgrcv"),
                            JAVA_LONG.withName("ru_nsignals"),
                            JAVA_LONG.withName("ru_nvcsw"),
                            JAVA_LONG.withName("ru_nivcsw"))
                    .withName("struct rusage");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long RU_UTIME = offset("ru_utime");
    private static final long RU_STIME = offset("ru_stime");
    private static final long RU_MAXRSS = offset("ru_maxrss");
    private static final long RU_IXRSS = offset("ru_ixrss");
    private static final long RU_IDRSS = offset("ru_idrss");
    private static final long RU_ISRSS = offset("ru_isrss");
    private static final long RU_MINFLT = offset("ru_minflt");
    private static final long RU_MAJFLT = offset("ru_majflt");
    private static final long RU_NSWAP = offset("ru_nswap");
    private static final long RU_INBLOCK = offset("ru_inblock");
    private static final long RU_OUBLOCK = offset("ru_oublock");
    private static final long RU_MSGSND = offset("ru_msgsnd");
    private static final long RU_MSGRCV = offset("ru_msgrcv");
    private static final long RU_NSIGNALS = offset("ru_nsignals");
    private static final long RU_NVCSW = offset("ru_nvcsw");
    private static final long RU_NIVCSW = offset("ru_nivcsw");

    /** Reads the struct that lies at {@code at}. */
    public static Rusage readFrom(MemorySegment segment, long at) {
        return new Rusage(
                Timeval.readFrom(segment, at + RU_UTIME),
                Timeval.readFrom(segment, at + RU_STIME),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_MAXRSS),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_IXRSS),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_IDRSS),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_ISRSS),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_MINFLT),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_MAJFLT),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_NSWAP),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_INBLOCK),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_OUBLOCK),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_MSGSND),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_MSGRCV),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_NSIGNALS),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_NVCSW),
                segment.get(JAVA_LONG_UNALIGNED, at + RU_NIVCSW));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        userTime.writeTo(segment, at + RU_UTIME);
        systemTime.writeTo(segment, at + RU_STIME);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_MAXRSS, maxResidentKib);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_IXRSS, sharedText);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_IDRSS, unsharedData);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_ISRSS, unsharedStack);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_MINFLT, minorFaults);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_MAJFLT, majorFaults);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_NSWAP, swaps);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_INBLOCK, blocksIn);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_OUBLOCK, blocksOut);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_MSGSND, messagesSent);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_MSGRCV, messagesReceived);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_NSIGNALS, signals);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_NVCSW, voluntarySwitches);
        segment.set(JAVA_LONG_UNALIGNED, at + RU_NIVCSW, involuntarySwitches);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
