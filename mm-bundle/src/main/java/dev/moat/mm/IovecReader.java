package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import java.lang.foreign.MemorySegment;

/** Copies an iovec array in, once, and checks it: lib/iov_iter.c import_iovec. */
final class IovecReader {
    private IovecReader() {}

    /**
     * Reads {@code count} elements.
     *
     * @return base and length of each, alternating; lengths are cut so that their sum is at most
     *     0x7ffff000
     * @throws dev.moat.abi.ErrnoException EINVAL for a count beyond 1024 or a negative length;
     *     EFAULT for the array or a range outside of the user's addresses
     */
    static long[] read(GuestMemory user, Space space, long iovecAddr, int count) {
        checkCount(count);
        byte[] bytes = user.copyIn(iovecAddr, count * (int) Iovec.SIZE);
        return parse(space, MemorySegment.ofArray(bytes), count);
    }

    private static void checkCount(int count) {
        if (count < 0 || count > Limits.UIO_MAXIOV) {
            throw Errno.EINVAL.exception();
        }
    }

    /** As {@link #read}, of an array that was copied in. */
    static long[] parse(Space space, MemorySegment array, int count) {
        checkCount(count);
        long[] parts = new long[count * 2];
        long total = 0;
        for (int i = 0; i < count; i++) {
            Iovec element = Iovec.readFrom(array, i * Iovec.SIZE);
            long length = element.lengthBytes();
            if (length < 0) {
                throw Errno.EINVAL.exception();
            }
            if (count == 1) {
                // A single one is cut first: import_ubuf().
                length = Math.min(length, Limits.MAX_RW_COUNT);
            }
            if (length > 0 && !space.isUserRange(element.base(), length)) {
                throw Errno.EFAULT.exception();
            }
            length = Math.min(length, Limits.MAX_RW_COUNT - total);
            total += length;
            parts[2 * i] = element.base();
            parts[2 * i + 1] = length;
        }
        return parts;
    }
}
