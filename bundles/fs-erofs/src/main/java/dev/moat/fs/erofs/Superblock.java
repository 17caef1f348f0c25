package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;

/**
 * {@code struct erofs_super_block}, checked.
 *
 * @param blockBits size of a block as a power of two
 * @param metaAt where inodes are, in bytes
 * @param sharedXattrsAt where shared extended attributes are, in bytes
 * @param buildTimeNs of compact inodes
 */
record Superblock(
        int blockBits,
        long rootNode,
        long inodes,
        long blocks,
        long metaAt,
        long sharedXattrsAt,
        long buildTimeNs) {
    private static final int AT = 1024;
    private static final int BYTES = 128;
    private static final int MAGIC = 0xe0f5e1e2;

    /** EROFS_FEATURE_INCOMPAT_*: compression of several kinds, which single files have or not. */
    private static final int ZERO_PADDING = 1;

    private static final int BIG_CLUSTERS = 2;
    private static final int CHUNKED_FILE = 4;
    private static final int TAIL_PACKING = 0x10;
    private static final int KNOWN = ZERO_PADDING | BIG_CLUSTERS | CHUNKED_FILE | TAIL_PACKING;

    private static final int LEAST_BLOCK_BITS = 9;
    private static final int MOST_BLOCK_BITS = 16;

    /** EINVAL: this is no image, or one that is not understood: erofs_read_superblock(). */
    static Superblock read(Image image) {
        if (image.sizeBytes() < AT + BYTES) {
            throw Errno.EINVAL.exception();
        }
        ByteBuffer bytes = image.read(AT, BYTES);
        int blockBits = bytes.get(12);
        boolean good =
                bytes.getInt(0) == MAGIC
                        && blockBits >= LEAST_BLOCK_BITS
                        && blockBits <= MOST_BLOCK_BITS
                        && bytes.get(90) == 0
                        && (bytes.getInt(80) & ~KNOWN) == 0
                        && bytes.getShort(86) == 0;
        if (!good) {
            throw Errno.EINVAL.exception();
        }
        long seconds = Math.clamp(bytes.getLong(24), 0, Long.MAX_VALUE / 1_000_000_000L - 1);
        return new Superblock(
                blockBits,
                Short.toUnsignedLong(bytes.getShort(14)),
                bytes.getLong(16),
                Integer.toUnsignedLong(bytes.getInt(36)),
                Integer.toUnsignedLong(bytes.getInt(40)) << blockBits,
                Integer.toUnsignedLong(bytes.getInt(44)) << blockBits,
                seconds * 1_000_000_000L + Math.clamp(bytes.getInt(32), 0, 999_999_999));
    }

    int blockBytes() {
        return 1 << blockBits;
    }
}
