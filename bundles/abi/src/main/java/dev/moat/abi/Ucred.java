package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct ucred}: the credentials of a peer.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public record Ucred(int pid, int uid, int gid) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("pid"),
                            JAVA_INT.withName("uid"),
                            JAVA_INT.withName("gid"))
                    .withName("struct ucred");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long PID = offset("pid");
    private static final long UID = offset("uid");
    private static final long GID = offset("gid");

    /** Reads the struct that lies at {@code at}. */
    public static Ucred readFrom(MemorySegment segment, long at) {
        return new Ucred(
                segment.get(JAVA_INT_UNALIGNED, at + PID),
                segment.get(JAVA_INT_UNALIGNED, at + UID),
                segment.get(JAVA_INT_UNALIGNED, at + GID));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_INT_UNALIGNED, at + PID, pid);
        segment.set(JAVA_INT_UNALIGNED, at + UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + GID, gid);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
