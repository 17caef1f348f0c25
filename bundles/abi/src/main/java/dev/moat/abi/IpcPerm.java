package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct ipc64_perm}: owner and permissions of a System V object.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sysvipc.7.html">sysvipc(7)</a>
 */
public record IpcPerm(
        int key, int uid, int gid, int creatorUid, int creatorGid, int mode, int sequence) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("key"),
                            JAVA_INT.withName("uid"),
                            JAVA_INT.withName("gid"),
                            JAVA_INT.withName("cuid"),
                            JAVA_INT.withName("cgid"),
                            JAVA_INT.withName("mode"),
                            JAVA_SHORT.withName("seq"),
                            paddingLayout(2),
                            paddingLayout(4),
                            paddingLayout(8),
                            paddingLayout(8))
                    .withName("struct ipc64_perm");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long KEY = offset("key");
    private static final long UID = offset("uid");
    private static final long GID = offset("gid");
    private static final long CUID = offset("cuid");
    private static final long CGID = offset("cgid");
    private static final long MODE = offset("mode");
    private static final long SEQ = offset("seq");

    /** Reads the struct that lies at {@code at}. */
    public static IpcPerm readFrom(MemorySegment segment, long at) {
        return new IpcPerm(
                segment.get(JAVA_INT_UNALIGNED, at + KEY),
                segment.get(JAVA_INT_UNALIGNED, at + UID),
                segment.get(JAVA_INT_UNALIGNED, at + GID),
                segment.get(JAVA_INT_UNALIGNED, at + CUID),
                segment.get(JAVA_INT_UNALIGNED, at + CGID),
                segment.get(JAVA_INT_UNALIGNED, at + MODE),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + SEQ)));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + KEY, key);
        segment.set(JAVA_INT_UNALIGNED, at + UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + GID, gid);
        segment.set(JAVA_INT_UNALIGNED, at + CUID, creatorUid);
        segment.set(JAVA_INT_UNALIGNED, at + CGID, creatorGid);
        segment.set(JAVA_INT_UNALIGNED, at + MODE, mode);
        segment.set(JAVA_SHORT_UNALIGNED, at + SEQ, (short) sequence);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
