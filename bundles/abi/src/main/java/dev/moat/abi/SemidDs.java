package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct semid64_ds}: the state of a semaphore set.
 *
 * @param operationTime in seconds
 * @param changeTime in seconds
 * @see <a href="https://man7.org/linux/man-pages/man2/semctl.2.html">semctl(2)</a>
 */
public record SemidDs(IpcPerm permissions, long operationTime, long changeTime, long semaphores) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            IpcPerm.LAYOUT.withName("sem_perm"),
                            JAVA_LONG.withName("sem_otime"),
                            paddingLayout(8),
                            JAVA_LONG.withName("sem_ctime"),
                            paddingLayout(8),
                            JAVA_LONG.withName("sem_nsems"),
                            paddingLayout(16))
                    .withName("struct semid64_ds");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long SEM_PERM = offset("sem_perm");
    private static final long SEM_OTIME = offset("sem_otime");
    private static final long SEM_CTIME = offset("sem_ctime");
    private static final long SEM_NSEMS = offset("sem_nsems");

    /** Reads the struct that lies at {@code at}. */
    public static SemidDs readFrom(MemorySegment segment, long at) {
        return new SemidDs(
                IpcPerm.readFrom(segment, at + SEM_PERM),
                segment.get(JAVA_LONG_UNALIGNED, at + SEM_OTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SEM_CTIME),
                segment.get(JAVA_LONG_UNALIGNED, at + SEM_NSEMS));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        permissions.writeTo(segment, at + SEM_PERM);
        segment.set(JAVA_LONG_UNALIGNED, at + SEM_OTIME, operationTime);
        segment.set(JAVA_LONG_UNALIGNED, at + SEM_CTIME, changeTime);
        segment.set(JAVA_LONG_UNALIGNED, at + SEM_NSEMS, semaphores);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
