package dev.moat.task.seccomp;

import dev.moat.abi.SeccompData;
import dev.moat.lib.bpf.Input;

/**
 * A call as a checked filter looks at it.
 *
 * @param words {@code struct seccomp_data} as 16 words
 */
record CallInput(int[] words) implements Input {
    @Override
    public int lengthBytes() {
        return (int) SeccompData.SIZE;
    }

    /** Whole words only, which is what the checker lets through. */
    @Override
    public long load(int offset, int sizeBytes) {
        return Integer.toUnsignedLong(words[offset >>> 2]);
    }

    @Override
    public long loadBeside(int number, int a, int x) {
        return NOTHING;
    }
}
