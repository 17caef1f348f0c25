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
 * {@code struct seccomp_notif_resp}: the answer to a call.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify(2)</a>
 */
public record SeccompNotifResp(long id, long value, int error, int flags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("id"),
                            JAVA_LONG.withName("val"),
                            JAVA_INT.withName("error"),
                            JAVA_INT.withName("flags"))
                    .withName("struct seccomp_notif_resp");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ID = offset("id");
    private static final long VAL = offset("val");
    private static final long ERROR = offset("error");
    private static final long FLAGS = offset("flags");

    /** Reads the struct that lies at {@code at}. */
    public static SeccompNotifResp readFrom(MemorySegment segment, long at) {
        return new SeccompNotifResp(
                segment.get(JAVA_LONG_UNALIGNED, at + ID),
                segment.get(JAVA_LONG_UNALIGNED, at + VAL),
                segment.get(JAVA_INT_UNALIGNED, at + ERROR),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + ID, id);
        segment.set(JAVA_LONG_UNALIGNED, at + VAL, value);
        segment.set(JAVA_INT_UNALIGNED, at + ERROR, error);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
