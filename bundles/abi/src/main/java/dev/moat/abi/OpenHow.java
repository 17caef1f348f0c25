package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct open_how}: the argument of openat2(2).
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/open_how.2type.html">open_how(2type)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>
 */
public record OpenHow(long flags, long mode, long resolve) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("flags"),
                            JAVA_LONG.withName("mode"),
                            JAVA_LONG.withName("resolve"))
                    .withName("struct open_how");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long FLAGS = offset("flags");
    private static final long MODE = offset("mode");
    private static final long RESOLVE = offset("resolve");

    /** Reads the struct that lies at {@code at}. */
    public static OpenHow readFrom(MemorySegment segment, long at) {
        return new OpenHow(
                segment.get(JAVA_LONG_UNALIGNED, at + FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + MODE),
                segment.get(JAVA_LONG_UNALIGNED, at + RESOLVE));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + MODE, mode);
        segment.set(JAVA_LONG_UNALIGNED, at + RESOLVE, resolve);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
