package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;

/** Reads the index of a compressed file: one entry for each logical cluster. */
final class ClusterIndex {
    /** Z_EROFS_LI_D0_CBLKCNT: not how far it is back, but how many blocks there are. */
    static final int BLOCKS_FLAG = 1 << 11;

    private static final int TYPE_MASK = 3;
    private static final int PARTIAL_FLAG = 1 << 15;
    private static final int FULL_ENTRY_BYTES = 8;
    private static final int FULL_PADDING_BYTES = 8;
    private static final int MOST_COMPACT_BITS = 14;
    private static final int MOST_DENSE_BITS = 12;
    private static final int DENSE_PACK_BYTES = 32;
    private static final int DENSE_PACK = 16;
    private static final int WIDE_PACK_BYTES = 8;
    private static final int WIDE_PACK = 2;

    private ClusterIndex() {}

    /** EUCLEAN, EINVAL, EOPNOTSUPP. */
    static IndexEntry read(ErofsFilesystem filesystem, Node node, ClusterMap map, long number) {
        IndexEntry entry =
                node.layout() == Node.Layout.COMPRESSED_FULL
                        ? full(filesystem.image(), map, number)
                        : compact(filesystem, node, map, number);
        if (entry.isHead() && entry.offsetBytes() >= 1 << map.clusterBits()) {
            throw Errno.EUCLEAN.exception();
        }
        return entry;
    }

    private static IndexEntry full(Image image, ClusterMap map, long number) {
        long at = map.indexAt() + FULL_PADDING_BYTES + number * FULL_ENTRY_BYTES;
        ByteBuffer bytes = image.read(at, FULL_ENTRY_BYTES);
        int flags = Short.toUnsignedInt(bytes.getShort(0));
        long behind = at + FULL_ENTRY_BYTES;
        IndexEntry.Type type = IndexEntry.Type.values()[flags & TYPE_MASK];
        if (type != IndexEntry.Type.NO_HEAD) {
            int offset = Short.toUnsignedInt(bytes.getShort(2));
            long block = Integer.toUnsignedLong(bytes.getInt(4));
            return IndexEntry.head(
                    number, type, offset, block, (flags & PARTIAL_FLAG) != 0, behind);
        }
        int back = Short.toUnsignedInt(bytes.getShort(4));
        int ahead = Short.toUnsignedInt(bytes.getShort(6));
        if ((back & BLOCKS_FLAG) == 0) {
            return IndexEntry.inside(number, back, ahead, 0, behind);
        }
        if (!map.bigOne() && !map.bigTwo()) {
            throw Errno.EUCLEAN.exception();
        }
        return IndexEntry.inside(number, 1, ahead, back & ~BLOCKS_FLAG, behind);
    }

    /**
     * Entries of 4 bytes up to a multiple of 32 bytes, then as many as possible of 2, if the file
     * says so, then of 4 again.
     */
    private static IndexEntry compact(
            ErofsFilesystem filesystem, Node node, ClusterMap map, long number) {
        int blockBytes = filesystem.superblock().blockBytes();
        long entries = (node.sizeBytes() - 1) / blockBytes + 1;
        if (number >= entries || map.clusterBits() > MOST_COMPACT_BITS) {
            throw Errno.EINVAL.exception();
        }
        long first = (-map.indexAt() & DENSE_PACK_BYTES - 1) / 4;
        long dense =
                map.dense() && first < entries ? (entries - first) / DENSE_PACK * DENSE_PACK : 0;
        long at;
        if (number >= first && number < first + dense) {
            if (map.clusterBits() > MOST_DENSE_BITS) {
                throw Errno.EOPNOTSUPP.exception();
            }
            at = map.indexAt() + first * 4 + (number - first) * 2;
            long start = at & -DENSE_PACK_BYTES;
            ByteBuffer bytes = filesystem.image().read(start, DENSE_PACK_BYTES);
            return new CompactPack(bytes, DENSE_PACK, map)
                    .entry(number, (int) (at - start) / 2, start + DENSE_PACK_BYTES);
        }
        at = map.indexAt() + number * 4 - (number < first ? 0 : dense * 2);
        long start = at & -WIDE_PACK_BYTES;
        ByteBuffer bytes = filesystem.image().read(start, WIDE_PACK_BYTES);
        return new CompactPack(bytes, WIDE_PACK, map)
                .entry(number, (int) (at - start) / 4, start + WIDE_PACK_BYTES);
    }
}
