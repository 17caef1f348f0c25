package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct f_owner_ex}: who gets SIGIO.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/F_GETSIG.2const.html">F_GETSIG(2const)</a>
 */
public record FOwnerEx(int type, int pid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_INT.withName("type"), JAVA_INT.withName("pid"))
                    .withName("struct f_owner_ex");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long TYPE = offset("type");
    private static final long PID = offset("pid");

    /** Reads the struct that lies at {@code at}. */
    public static FOwnerEx readFrom(MemorySegment segment, long at) {
        return new FOwnerEx(
                segment.get(JAVA_INT_UNALIGNED, at + TYPE),
                segment.get(JAVA_INT_UNALIGNED, at + PID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + TYPE, type);
        segment.set(JAVA_INT_UNALIGNED, at + PID, pid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
