package dev.moat.lib.bpf;

/** What a program looks at. */
public interface Input {
    /** No number of 32 bits: there is nothing to load. */
    long NOTHING = -1;

    int lengthBytes();

    /**
     * A number of {@code sizeBytes} (1, 2 or 4) at {@code offset} as an unsigned one, or {@link
     * #NOTHING}. The offset is any: checked programs load where they want.
     */
    long load(int offset, int sizeBytes);

    /**
     * What comes with the data: SKF_AD_* of include/uapi/linux/filter.h.
     *
     * @param number a known one, below 64
     * @return unsigned, or {@link #NOTHING}
     */
    long loadBeside(int number, int a, int x);
}
