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
 * {@code struct xattr_args}: where setxattrat(2) and getxattrat(2) find or put a value.
 *
 * @param value address of the value in the guest
 * @param size of the value, in bytes, unsigned
 * @param flags XATTR_CREATE, XATTR_REPLACE
 * @see <a href="https://man7.org/linux/man-pages/man2/setxattr.2.html">setxattr(2)</a>
 */
public record XattrArgs(long value, int size, int flags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("value"),
                            JAVA_INT.withName("size"),
                            JAVA_INT.withName("flags"))
                    .withName("struct xattr_args");

    /** Size in bytes: XATTR_ARGS_SIZE_VER0. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long VALUE = offset("value");
    private static final long SIZE_OF_VALUE = offset("size");
    private static final long FLAGS = offset("flags");

    /** Reads the struct that lies at {@code at}. */
    public static XattrArgs readFrom(MemorySegment segment, long at) {
        return new XattrArgs(
                segment.get(JAVA_LONG_UNALIGNED, at + VALUE),
                segment.get(JAVA_INT_UNALIGNED, at + SIZE_OF_VALUE),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + VALUE, value);
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_OF_VALUE, size);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
