package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sched_param}: a static priority.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sched_setparam.2.html">sched_setparam(2)</a>
 */
public record SchedParam(int priority) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_INT.withName("sched_priority")).withName("struct sched_param");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SCHED_PRIORITY = offset("sched_priority");

    /** Reads the struct that lies at {@code at}. */
    public static SchedParam readFrom(MemorySegment segment, long at) {
        return new SchedParam(segment.get(JAVA_INT_UNALIGNED, at + SCHED_PRIORITY));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_PRIORITY, priority);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
