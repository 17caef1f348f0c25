package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import java.lang.foreign.MemorySegment;

/**
 * Moves bytes between guest buffers and terminals through small arrays, so that no lock is held
 * during a guest access.
 */
final class Transfers {
    private static final int CHUNK_BYTES = 4096;

    private Transfers() {}

    /** One side of a terminal. */
    interface End {
        /** Moves up to {@code length} bytes; a count, or a negated errno. */
        long move(byte[] bytes, int length);
    }

    /** One read: whatever is there, at most one chunk. */
    static long read(IoBuffer target, End end) {
        if (target.remaining() == 0) {
            return 0;
        }
        byte[] bytes = new byte[(int) Math.min(target.remaining(), CHUNK_BYTES)];
        long count = end.move(bytes, bytes.length);
        if (count <= 0) {
            return count;
        }
        long moved = target.put(MemorySegment.ofArray(bytes), 0, count);
        if (moved == 0) {
            throw Errno.EFAULT.exception();
        }
        return moved;
    }

    /**
     * Writes until the terminal takes no more; a count, or what the terminal said to the first
     * byte.
     */
    static long write(IoBuffer source, End end) {
        byte[] bytes = new byte[(int) Math.min(source.remaining(), CHUNK_BYTES)];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        long total = 0;
        while (source.remaining() > 0) {
            long before = source.transferred();
            int wanted = (int) Math.min(source.remaining(), bytes.length);
            int got = (int) source.get(segment, 0, wanted);
            if (got == 0) {
                if (total == 0) {
                    throw Errno.EFAULT.exception();
                }
                return total;
            }
            long taken = end.move(bytes, got);
            source.rewind(before + Math.max(taken, 0));
            if (taken < 0) {
                return total > 0 ? total : taken;
            }
            total += taken;
            if (taken < wanted) {
                return total;
            }
        }
        return total;
    }
}
