package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
    static long read(ErofsInode inode, long offset, IoBuffer target) {
        long at = offset;
        while (at < inode.node().sizeBytes() && target.remaining() > 0) {
            Extent extent = find(inode, at);
            long length = Math.min(Math.min(extent.lengthBytes(), MOST_BYTES), target.remaining());
            long moved = move(inode, extent, length, target);
            if (moved <= 0) {
                break;
            }
            at += moved;
        }
        return at - offset;
    }

    private static long move(ErofsInode inode, Extent extent, long length, IoBuffer target) {
        ErofsFilesystem filesystem = inode.mounted();
        return switch (extent) {
            case Extent.Hole _ -> target.putZeros(length);
            case Extent.Stored stored ->
                    filesystem.image().readContent(stored.at(), length, target);
            case Extent.Packed packed ->
                    target.put(
                            MemorySegment.ofArray(
                                    filesystem.unpacked().unpacked(filesystem, packed.cluster())),
                            packed.within(),
                            length);
            case Extent.Fragment fragment -> moveFragment(inode, fragment, length, target);
        };
    }

    /** The file of fragments has none itself, which ends what would otherwise not: EUCLEAN. */
    private static long moveFragment(
            ErofsInode inode, Extent.Fragment fragment, long length, IoBuffer target) {
        ErofsInode others = inode.mounted().fragments();
        if (fragment.at() < 0 || fragment.at() > others.node().sizeBytes() - length) {
            throw Errno.EUCLEAN.exception();
        }
        Extent extent = find(others, fragment.at());
        if (extent instanceof Extent.Fragment) {
            throw Errno.EUCLEAN.exception();
        }
        return move(inode, extent, Math.min(length, extent.lengthBytes()), target);
    }

    /** A whole file that is small: a link, a block of a directory. */
    static ByteBuffer readAll(ErofsInode inode, long offset, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        if (read(inode, offset, KernelBuffer.of(bytes)) < lengthBytes) {
            throw Errno.EIO.exception();
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Extent find(ErofsInode inode, long offset) {
        Node node = inode.node();
        Superblock form = inode.mounted().superblock();
        return switch (node.layout()) {
            case PLAIN ->
                    new Extent.Stored(
                            start(form, node.union()) + offset, node.sizeBytes() - offset);
            case INLINE -> inline(form, node, offset);
            case CHUNKED -> chunk(inode.mounted(), node, offset);
            case COMPRESSED_FULL, COMPRESSED_COMPACT -> ClusterSearch.find(inode, offset);
        };
    }

    private static long start(Superblock form, int block) {
        return Integer.toUnsignedLong(block) << form.blockBits();
    }

    /** What does not fill a block at the end lies behind the inode. */
    private static Extent inline(Superblock form, Node node, long offset) {
        long tail = node.sizeBytes() & -form.blockBytes();
        return offset < tail
                ? new Extent.Stored(start(form, node.union()) + offset, tail - offset)
                : new Extent.Stored(node.tailAt() + offset - tail, node.sizeBytes() - offset);
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
                ? new Extent.Hole(length)
                : new Extent.Stored((block << form.blockBits()) + within, length);
    }
}
