package dev.moat.mm;

import dev.moat.api.swap.Stateful;
import java.util.Arrays;

/**
 * Ranges of the memory file whose references are dropped together, once no access can reach them.
 */
@Stateful
final class RunList {
    private long[] runs = new long[16];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    void add(long offset, long lengthBytes) {
        if (size > 0 && runs[size - 2] + runs[size - 1] == offset && !Pte.startsChunk(offset)) {
            runs[size - 1] += lengthBytes;
            return;
        }
        if (size == runs.length) {
            runs = Arrays.copyOf(runs, size * 2);
        }
        runs[size++] = offset;
        runs[size++] = lengthBytes;
    }

    /** Drops one reference on every page of every run, and forgets them. */
    void release(ChunkedMemoryFile file) {
        for (int i = 0; i < size; i += 2) {
            file.release(runs[i], runs[i + 1]);
        }
        size = 0;
        if (runs.length > 1024) {
            runs = new long[16];
        }
    }
}
