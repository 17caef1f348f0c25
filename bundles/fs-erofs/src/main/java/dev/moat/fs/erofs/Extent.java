package dev.moat.fs.erofs;

/** Where a part of a file is. */
sealed interface Extent {
    /** From the place that was asked for to its end. */
    long lengthBytes();

    /**
     * As it is.
     *
     * @param at in the image, in bytes
     */
    record Stored(long at, long lengthBytes) implements Extent {}

    /** Zeros. */
    record Hole(long lengthBytes) implements Extent {}

    /**
     * In the file that has the ends of others: the packed inode.
     *
     * @param at in that file, in bytes
     */
    record Fragment(long at, long lengthBytes) implements Extent {}

    /**
     * Compressed.
     *
     * @param within where what was asked for is in the unpacked cluster, in bytes
     */
    record Packed(Cluster cluster, int within) implements Extent {
        @Override
        public long lengthBytes() {
            return cluster.unpackedBytes() - within;
        }
    }
}
