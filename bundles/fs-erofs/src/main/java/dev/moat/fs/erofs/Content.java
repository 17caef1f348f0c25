package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import java.nio.ByteBuffer;

/** Finds and reads the content of a file in its image: erofs_map_blocks(). */
final class Content {
    private static final int CHUNK_BITS = 0x1f;
    private static final int CHUNK_INDEXES = 0x20;
    private static final int CHUNK_FLAGS = CHUNK_BITS | CHUNK_INDEXES;

    /** Of a file of many chunks, so much at once. */
    private static final int MOST_BYTES = 1 << 20;

    private static final long HOLE = 0xffffffffL;

    private Content() {}

    /** Bytes moved; 0 at the end. */
    static long read(ErofsFilesystem image, Node node, long offset, IoBuffer target) {
        long at = offset;
        while (at < node.sizeBytes() && target.remaining() > 0) {
            Extent extent = find(image, node, at);
            long length = Math.min(Math.min(extent.lengthBytes(), MOST_BYTES), target.remaining());
            long moved =
                    extent.isHole()
                            ? target.putZeros(length)
                            : image.image().readContent(extent.at(), length, target);
            if (moved <= 0) {
                break;
            }
            at += moved;
        }
        return at - offset;
    }

    /** A whole file that is small: a link, a block of a directory. */
    static ByteBuffer readAll(ErofsFilesystem image, Node node, long offset, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        if (read(image, node, offset, dev.moat.api.mm.KernelBuffer.of(bytes)) < lengthBytes) {
            throw Errno.EIO.exception();
        }
        return ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    }

    private static Extent find(ErofsFilesystem image, Node node, long offset) {
        Superblock form = image.superblock();
        long left = node.sizeBytes() - offset;
        return switch (node.layout()) {
            case PLAIN -> new Extent(start(form, node.union()) + offset, left);
            case INLINE -> inline(form, node, offset);
            case CHUNKED -> chunk(image, node, offset);
            case COMPRESSED_FULL, COMPRESSED_COMPACT -> throw Errno.EOPNOTSUPP.exception();
        };
    }

    private static long start(Superblock form, int block) {
        return Integer.toUnsignedLong(block) << form.blockBits();
    }

    /** What does not fill a block at the end lies behind the inode. */
    private static Extent inline(Superblock form, Node node, long offset) {
        long tail = node.sizeBytes() & -form.blockBytes();
        return offset < tail
                ? new Extent(start(form, node.union()) + offset, tail - offset)
                : new Extent(node.tailAt() + offset - tail, node.sizeBytes() - offset);
    }

    private static Extent chunk(ErofsFilesystem image, Node node, long offset) {
        Superblock form = image.superblock();
        int format = node.union() & 0xffff;
        if ((format & ~CHUNK_FLAGS) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        int bits = form.blockBits() + (format & CHUNK_BITS);
        boolean indexed = (format & CHUNK_INDEXES) != 0;
        int unit = indexed ? 8 : 4;
        long table = (node.tailAt() + unit - 1) & -unit;
        ByteBuffer entry = image.image().read(table + (offset >>> bits) * unit, unit);
        if (indexed && entry.getShort(2) != 0) {
            // on another device
            throw Errno.EUCLEAN.exception();
        }
        long within = offset & (1L << bits) - 1;
        long length = Math.min((1L << bits) - within, node.sizeBytes() - offset);
        long block = Integer.toUnsignedLong(entry.getInt(unit - 4));
        return block == HOLE
                ? new Extent(-1, length)
                : new Extent((block << form.blockBits()) + within, length);
    }

    /**
     * A part of a file.
     *
     * @param at in the image, in bytes; -1 for zeros
     */
    private record Extent(long at, long lengthBytes) {
        boolean isHole() {
            return at == -1;
        }
    }
}
