package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct __user_cap_header_struct}: version and target of capget(2).
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/capget.2.html">capget(2)</a>
 */
public record CapHeader(int version, int pid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(JAVA_INT.withName("version"), JAVA_INT.withName("pid"))
                    .withName("struct __user_cap_header_struct");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long VERSION = offset("version");
    private static final long PID = offset("pid");

    /** Reads the struct that lies at {@code at}. */
    public static CapHeader readFrom(MemorySegment segment, long at) {
        return new CapHeader(
                segment.get(JAVA_INT_UNALIGNED, at + VERSION),
                segment.get(JAVA_INT_UNALIGNED, at + PID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + VERSION, version);
        segment.set(JAVA_INT_UNALIGNED, at + PID, pid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
