package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;

/**
 * How a compressed file is cut into clusters: {@code struct z_erofs_map_header}.
 *
 * @param indexAt behind the header, in bytes
 * @param clusterBits size of a logical cluster as a power of two
 * @param codecs of the two kinds of heads
 * @param fragmentAt in the packed file, of a whole file or its end
 * @param inlineBytes of the last cluster, if that is in the index
 */
record ClusterMap(
        long indexAt,
        int advice,
        int clusterBits,
        int codecs,
        boolean isFragment,
        long fragmentAt,
        int inlineBytes) {
    private static final int HEADER_BYTES = 8;
    private static final int FRAGMENT_FLAG = 0x80;

    /** Z_EROFS_ADVISE_*. */
    private static final int DENSE = 1;

    private static final int BIG_ONE = 2;
    private static final int BIG_TWO = 4;
    private static final int INLINE_END = 8;
    private static final int INTERLACED = 0x10;
    private static final int FRAGMENT_END = 0x20;

    /** EUCLEAN, EOPNOTSUPP: z_erofs_fill_inode_lazy(). */
    static ClusterMap read(ErofsFilesystem filesystem, Node node) {
        long at = node.tailAt() + HEADER_BYTES - 1 & -HEADER_BYTES;
        ByteBuffer bytes = filesystem.image().read(at, HEADER_BYTES);
        int bits = Byte.toUnsignedInt(bytes.get(7));
        if ((bits & FRAGMENT_FLAG) != 0) {
            return new ClusterMap(
                    0, FRAGMENT_END, 0, 0, true, bytes.getLong(0) & Long.MAX_VALUE, 0);
        }
        int advice = Short.toUnsignedInt(bytes.getShort(4));
        boolean inline = (advice & INLINE_END) != 0;
        ClusterMap map =
                new ClusterMap(
                        at + HEADER_BYTES,
                        advice,
                        filesystem.superblock().blockBits() + (bits & 7),
                        Byte.toUnsignedInt(bytes.get(6)),
                        false,
                        inline ? 0 : Integer.toUnsignedLong(bytes.getInt(0)),
                        inline ? Short.toUnsignedInt(bytes.getShort(2)) : 0);
        map.check(filesystem, node);
        return map;
    }

    private void check(ErofsFilesystem filesystem, Node node) {
        boolean known = (codecs & 15) < Codec.NONE.ordinal() && codecs >> 4 < Codec.NONE.ordinal();
        if (!known) {
            throw Errno.EOPNOTSUPP.exception();
        }
        boolean allowed = filesystem.packing().bigClusters() || !bigOne() && !bigTwo();
        boolean alike = node.layout() == Node.Layout.COMPRESSED_FULL || bigOne() == bigTwo();
        if (!allowed || !alike) {
            throw Errno.EUCLEAN.exception();
        }
    }

    private boolean has(int advised) {
        return (advice & advised) != 0;
    }

    boolean dense() {
        return has(DENSE);
    }

    boolean bigOne() {
        return has(BIG_ONE);
    }

    boolean bigTwo() {
        return has(BIG_TWO);
    }

    boolean hasInlineEnd() {
        return inlineBytes > 0;
    }

    boolean interlaced() {
        return has(INTERLACED);
    }

    boolean hasFragmentEnd() {
        return has(FRAGMENT_END);
    }

    /** What the heads of that type are packed with. */
    Codec codec(IndexEntry.Type type) {
        return switch (type) {
            case PLAIN -> Codec.NONE;
            case HEAD_TWO -> Codec.values()[codecs >> 4];
            case HEAD_ONE, NO_HEAD -> Codec.values()[codecs & 15];
        };
    }
}
