package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

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

    /** EROFS_FEATURE_INCOMPAT_*. Some bits have two meanings that came together. */
    static final int ZERO_PADDING = 1;

    static final int BIG_CLUSTERS = 2;
    private static final int CHUNKED_FILE = 4;
    private static final int SECOND_HEADS = 8;
    private static final int TAIL_PACKING = 0x10;
    static final int FRAGMENTS = 0x20;
    static final int XATTR_PREFIXES = 0x40;
    private static final int KNOWN =
            ZERO_PADDING
                    | BIG_CLUSTERS
                    | CHUNKED_FILE
                    | SECOND_HEADS
                    | TAIL_PACKING
                    | FRAGMENTS
                    | XATTR_PREFIXES;

    /** EROFS_FEATURE_COMPAT_SB_CHKSUM. */
    private static final int HAS_CHECKSUM = 1;

    private static final int LEAST_BLOCK_BITS = 9;
    private static final int MOST_BLOCK_BITS = 16;

    /** The structure itself; EINVAL: this is no image. */
    static ByteBuffer bytes(Image image) {
        if (image.sizeBytes() < AT + BYTES) {
            throw Errno.EINVAL.exception();
        }
        return image.read(AT, BYTES);
    }

    /**
     * EINVAL: this is no image, or one that is not understood; EBADMSG: its checksum is another:
     * erofs_read_superblock().
     */
    static Superblock read(Image image) {
        ByteBuffer bytes = bytes(image);
        int blockBits = bytes.get(12);
        boolean good =
                bytes.getInt(0) == MAGIC
                        && blockBits >= LEAST_BLOCK_BITS
                        && blockBits <= MOST_BLOCK_BITS
                        && bytes.get(90) == 0
                        && bytes.getShort(86) == 0;
        if (!good) {
            throw Errno.EINVAL.exception();
        }
        if ((bytes.getInt(8) & HAS_CHECKSUM) != 0) {
            verify(image, bytes.getInt(4), 1 << blockBits);
        }
        if ((bytes.getInt(80) & ~KNOWN) != 0) {
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

    /** erofs_superblock_csum_verify(): the rest of the block, with zeros for the checksum. */
    private static void verify(Image image, int expected, int blockBytes) {
        int length = blockBytes > AT ? blockBytes - AT : blockBytes;
        ByteBuffer bytes = image.read(AT, length);
        bytes.putInt(4, 0);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.array());
        if ((int) ~checksum.getValue() != expected) {
            throw Errno.EBADMSG.exception();
        }
    }

    int blockBytes() {
        return 1 << blockBits;
    }
}
