package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes of a section whose content goes to the heap: a small file may claim to hold more than the
 * kernel host has.
 */
final class LimitedInput extends InputStream {
    /** A record becomes objects that take several times its size. */
    private static final int HEAP_PART = 16;

    private final InputStream in;
    private final long limit = Runtime.getRuntime().maxMemory() / HEAP_PART;
    private long count;

    LimitedInput(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        require(1);
        return in.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int got = in.read(target, offset, length);
        require(Math.max(0, got));
        return got;
    }

    private void require(int bytes) {
        count += bytes;
        if (count > limit) {
            throw new CheckpointException(
                    "its kernel objects need more memory than this kernel host has (records of more"
                            + " than %d MB)".formatted(limit >> 20));
        }
    }
}
