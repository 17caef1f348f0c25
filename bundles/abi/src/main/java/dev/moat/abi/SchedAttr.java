package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sched_attr}: policy and its parameters.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sched_setattr.2.html">sched_setattr(2)</a>
 */
public record SchedAttr(
        int sizeBytes,
        int policy,
        long flags,
        int nice,
        int priority,
        long runtimeNs,
        long deadlineNs,
        long periodNs,
        int utilMin,
        int utilMax) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("size"),
                            JAVA_INT.withName("sched_policy"),
                            JAVA_LONG.withName("sched_flags"),
                            JAVA_INT.withName("sched_nice"),
                            JAVA_INT.withName("sched_priority"),
                            JAVA_LONG.withName("sched_runtime"),
                            JAVA_LONG.withName("sched_deadline"),
                            JAVA_LONG.withName("sched_period"),
                            JAVA_INT.withName("sched_util_min"),
                            JAVA_INT.withName("sched_util_max"))
                    .withName("struct sched_attr");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Size of the struct before the utilisation clamps: SCHED_ATTR_SIZE_VER0. */
    public static final int SIZE_VER0 = 48;

    private static final long SIZE_AT = offset("size");
    private static final long SCHED_POLICY = offset("sched_policy");
    private static final long SCHED_FLAGS = offset("sched_flags");
    private static final long SCHED_NICE = offset("sched_nice");
    private static final long SCHED_PRIORITY = offset("sched_priority");
    private static final long SCHED_RUNTIME = offset("sched_runtime");
    private static final long SCHED_DEADLINE = offset("sched_deadline");
    private static final long SCHED_PERIOD = offset("sched_period");
    private static final long SCHED_UTIL_MIN = offset("sched_util_min");
    private static final long SCHED_UTIL_MAX = offset("sched_util_max");

    /** Reads the struct that lies at {@code at}. */
    public static SchedAttr readFrom(MemorySegment segment, long at) {
        return new SchedAttr(
                segment.get(JAVA_INT_UNALIGNED, at + SIZE_AT),
                segment.get(JAVA_INT_UNALIGNED, at + SCHED_POLICY),
                segment.get(JAVA_LONG_UNALIGNED, at + SCHED_FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + SCHED_NICE),
                segment.get(JAVA_INT_UNALIGNED, at + SCHED_PRIORITY),
                segment.get(JAVA_LONG_UNALIGNED, at + SCHED_RUNTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SCHED_DEADLINE),
                segment.get(JAVA_LONG_UNALIGNED, at + SCHED_PERIOD),
                segment.get(JAVA_INT_UNALIGNED, at + SCHED_UTIL_MIN),
                segment.get(JAVA_INT_UNALIGNED, at + SCHED_UTIL_MAX));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_AT, sizeBytes);
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_POLICY, policy);
        segment.set(JAVA_LONG_UNALIGNED, at + SCHED_FLAGS, flags);
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_NICE, nice);
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_PRIORITY, priority);
        segment.set(JAVA_LONG_UNALIGNED, at + SCHED_RUNTIME, runtimeNs);
        segment.set(JAVA_LONG_UNALIGNED, at + SCHED_DEADLINE, deadlineNs);
        segment.set(JAVA_LONG_UNALIGNED, at + SCHED_PERIOD, periodNs);
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_UTIL_MIN, utilMin);
        segment.set(JAVA_INT_UNALIGNED, at + SCHED_UTIL_MAX, utilMax);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
