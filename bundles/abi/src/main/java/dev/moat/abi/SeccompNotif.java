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
 * {@code struct seccomp_notif}: a call that waits for an answer.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify(2)</a>
 */
public record SeccompNotif(long id, int pid, int flags, SeccompData data) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("id"),
                            JAVA_INT.withName("pid"),
                            JAVA_INT.withName("flags"),
                            SeccompData.LAYOUT.withName("data"))
                    .withName("struct seccomp_notif");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ID = offset("id");
    private static final long PID = offset("pid");
    private static final long FLAGS = offset("flags");

    private static final long DATA = offset("data");

    /** Reads the struct that lies at {@code at}. */
    public static SeccompNotif readFrom(MemorySegment segment, long at) {
        return new SeccompNotif(
                segment.get(JAVA_LONG_UNALIGNED, at + ID),
                segment.get(JAVA_INT_UNALIGNED, at + PID),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS),
                SeccompData.readFrom(segment, at + DATA));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + ID, id);
        segment.set(JAVA_INT_UNALIGNED, at + PID, pid);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
        data.writeTo(segment, at + DATA);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
