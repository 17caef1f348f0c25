package dev.moat.mm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Makes the host have pages of zeros. */
final class Zeros {
    /** What is written at once. */
    private static final MemorySegment BLOCK = Arena.ofAuto().allocate(1 << 16).asReadOnly();

    private Zeros() {}

    /**
     * Writes a range of a file that holds no data: half of what the faults cost that make the same
     * pages.
     *
     * @return whether the host has all of them now; what it has not is a hole, which reads as
     *     zeros, too
     */
    static boolean write(HostPages host, int fd, long offset, long lengthBytes) {
        long done = 0;
        while (done < lengthBytes) {
            MemorySegment source = BLOCK.asSlice(0, Math.min(BLOCK.byteSize(), lengthBytes - done));
            long written = host.write(fd, source, offset + done);
            if (written <= 0) {
                return false;
            }
            done += written;
        }
        return true;
    }
}
