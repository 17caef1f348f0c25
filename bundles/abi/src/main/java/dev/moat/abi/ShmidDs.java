package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct shmid64_ds}: the state of a shared memory segment.
 *
 * @param attachTime in seconds
 * @param detachTime in seconds
 * @param changeTime in seconds
 * @see <a href="https://man7.org/linux/man-pages/man2/shmctl.2.html">shmctl(2)</a>
 */
public record ShmidDs(
        IpcPerm permissions,
        long sizeBytes,
        long attachTime,
        long detachTime,
        long changeTime,
        int creatorPid,
        int lastPid,
        long attached) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            IpcPerm.LAYOUT.withName("shm_perm"),
                            JAVA_LONG.withName("shm_segsz"),
                            JAVA_LONG.withName("shm_atime"),
                            JAVA_LONG.withName("shm_dtime"),
                            JAVA_LONG.withName("shm_ctime"),
                            JAVA_INT.withName("shm_cpid"),
                            JAVA_INT.withName("shm_lpid"),
                            JAVA_LONG.withName("shm_nattch"),
                            paddingLayout(16))
                    .withName("struct shmid64_ds");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SHM_PERM = offset("shm_perm");
    private static final long SHM_SEGSZ = offset("shm_segsz");
    private static final long SHM_ATIME = offset("shm_atime");
    private static final long SHM_DTIME = offset("shm_dtime");
    private static final long SHM_CTIME = offset("shm_ctime");
    private static final long SHM_CPID = offset("shm_cpid");
    private static final long SHM_LPID = offset("shm_lpid");
    private static final long SHM_NATTCH = offset("shm_nattch");

    /** Reads the struct that lies at {@code at}. */
    public static ShmidDs readFrom(MemorySegment segment, long at) {
        return new ShmidDs(
                IpcPerm.readFrom(segment, at + SHM_PERM),
                segment.get(JAVA_LONG_UNALIGNED, at + SHM_SEGSZ),
                segment.get(JAVA_LONG_UNALIGNED, at + SHM_ATIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SHM_DTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SHM_CTIME),
                segment.get(JAVA_INT_UNALIGNED, at + SHM_CPID),
                segment.get(JAVA_INT_UNALIGNED, at + SHM_LPID),
                segment.get(JAVA_LONG_UNALIGNED, at + SHM_NATTCH));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        permissions.writeTo(segment, at + SHM_PERM);
        segment.set(JAVA_LONG_UNALIGNED, at + SHM_SEGSZ, sizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + SHM_ATIME, attachTime);
        segment.set(JAVA_LONG_UNALIGNED, at + SHM_DTIME, detachTime);
        segment.set(JAVA_LONG_UNALIGNED, at + SHM_CTIME, changeTime);
        segment.set(JAVA_INT_UNALIGNED, at + SHM_CPID, creatorPid);
        segment.set(JAVA_INT_UNALIGNED, at + SHM_LPID, lastPid);
        segment.set(JAVA_LONG_UNALIGNED, at + SHM_NATTCH, attached);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
