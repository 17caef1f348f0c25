package dev.moat.fs.erofs;

/**
 * What the index of a file says of a logical cluster: {@code struct z_erofs_lcluster_index}.
 *
 * @param number of the logical cluster in the file
 * @param offsetBytes where in it a physical cluster begins, if one does
 * @param back how many logical clusters before this one the physical cluster begins, if none does
 * @param ahead after how many the next one begins, or nearer to it
 * @param blocks of the physical cluster; 0: it is not said here
 * @param block where the physical cluster is
 * @param partial the physical cluster may have more than belongs to this file
 * @param behindAt in the image, behind the entry and those that are packed with it
 */
record IndexEntry(
        long number,
        Type type,
        int offsetBytes,
        int back,
        int ahead,
        int blocks,
        long block,
        boolean partial,
        long behindAt) {
    /** Z_EROFS_LCLUSTER_TYPE_*: begins a physical cluster, of three kinds, or goes on with it. */
    enum Type {
        PLAIN,
        HEAD_ONE,
        NO_HEAD,
        HEAD_TWO
    }

    private static final int OFFSET_MASK = 0xffff;

    static IndexEntry head(
            long number, Type type, int offsetBytes, long block, boolean partial, long behindAt) {
        return new IndexEntry(
                number, type, offsetBytes & OFFSET_MASK, 0, 1, 0, block, partial, behindAt);
    }

    static IndexEntry inside(long number, int back, int ahead, int blocks, long behindAt) {
        return new IndexEntry(
                number, Type.NO_HEAD, 0, back, Math.max(1, ahead), blocks, 0, false, behindAt);
    }

    boolean isHead() {
        return type != Type.NO_HEAD;
    }
}
