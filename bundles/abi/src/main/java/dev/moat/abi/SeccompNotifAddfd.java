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
 * {@code struct seccomp_notif_addfd}: a descriptor for the task that waits.
 *
 * @see <a
 *     href="https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify(2)</a>
 */
public record SeccompNotifAddfd(long id, int flags, int sourceFd, int newFd, int newFdFlags) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("id"),
                            JAVA_INT.withName("flags"),
                            JAVA_INT.withName("srcfd"),
                            JAVA_INT.withName("newfd"),
                            JAVA_INT.withName("newfd_flags"))
                    .withName("struct seccomp_notif_addfd");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long ID = offset("id");
    private static final long FLAGS = offset("flags");
    private static final long SRCFD = offset("srcfd");
    private static final long NEWFD = offset("newfd");
    private static final long NEWFD_FLAGS = offset("newfd_flags");

    /** Reads the struct that lies at {@code at}. */
    public static SeccompNotifAddfd readFrom(MemorySegment segment, long at) {
        return new SeccompNotifAddfd(
                segment.get(JAVA_LONG_UNALIGNED, at + ID),
                segment.get(JAVA_INT_UNALIGNED, at + FLAGS),
                segment.get(JAVA_INT_UNALIGNED, at + SRCFD),
                segment.get(JAVA_INT_UNALIGNED, at + NEWFD),
                segment.get(JAVA_INT_UNALIGNED, at + NEWFD_FLAGS));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + ID, id);
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS, flags);
        segment.set(JAVA_INT_UNALIGNED, at + SRCFD, sourceFd);
        segment.set(JAVA_INT_UNALIGNED, at + NEWFD, newFd);
        segment.set(JAVA_INT_UNALIGNED, at + NEWFD_FLAGS, newFdFlags);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
