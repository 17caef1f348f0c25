package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;

/**
 * The rule of partial transfers: what was moved counts; a fault before the first byte is EFAULT.
 */
final class Faults {
    private Faults() {}

    static long check(long moved, long wanted, IoBuffer buffer) {
        if (moved == 0 && wanted > 0 && buffer.faulted()) {
            throw Errno.EFAULT.exception();
        }
        return moved;
    }
}
