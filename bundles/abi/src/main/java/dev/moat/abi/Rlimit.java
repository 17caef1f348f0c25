package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct rlimit64}: soft and hard limit, unsigned. On x86-64 the same as {@code struct
 * rlimit}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/getrlimit.2.html">getrlimit(2)</a>
 */
public record Rlimit(long soft, long hard) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_LONG.withName("rlim_cur"), JAVA_LONG.withName("rlim_max"))
                    .withName("struct rlimit64");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** No limit at all. */
    public static final Rlimit UNLIMITED = new Rlimit(Rlimits.RLIM_INFINITY, Rlimits.RLIM_INFINITY);

    private static final long RLIM_CUR = offset("rlim_cur");
    private static final long RLIM_MAX = offset("rlim_max");

    /** Reads the struct that lies at {@code at}. */
    public static Rlimit readFrom(MemorySegment segment, long at) {
        return new Rlimit(
                segment.get(JAVA_LONG_UNALIGNED, at + RLIM_CUR),
                segment.get(JAVA_LONG_UNALIGNED, at + RLIM_MAX));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + RLIM_CUR, soft);
        segment.set(JAVA_LONG_UNALIGNED, at + RLIM_MAX, hard);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
