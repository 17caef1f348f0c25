package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;

/**
 * How an image packs its files, from its superblock.
 *
 * @param zeroPadded the data of a cluster is at its end
 * @param codecs a bit for each {@link Codec} that files may use
 * @param packedNode of the file that has the ends of others; 0 for none
 * @param prefixes how many prefixes of extended attributes there are
 * @param prefixesAt in bytes; in the packed file, if there is one
 */
record Packing(
        boolean zeroPadded,
        boolean bigClusters,
        int codecs,
        long packedNode,
        int prefixes,
        long prefixesAt,
        boolean prefixesInImage) {
    /** EROFS_FEATURE_COMPAT_PLAIN_XATTR_PFX. */
    private static final int PLAIN_PREFIXES = 0x10;

    /** Of a superblock that was found good; EOPNOTSUPP: something is packed in an unknown way. */
    static Packing of(ByteBuffer superblock) {
        int features = superblock.getInt(80);
        boolean configured = (features & Superblock.BIG_CLUSTERS) != 0;
        int codecs =
                configured
                        ? Short.toUnsignedInt(superblock.getShort(84))
                        : 1 << Codec.LZ4.ordinal();
        if ((codecs & ~Codec.ALL) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        boolean shared = (features & Superblock.FRAGMENTS) != 0;
        boolean prefixed = (features & Superblock.XATTR_PREFIXES) != 0;
        return new Packing(
                (features & Superblock.ZERO_PADDING) != 0,
                configured,
                codecs,
                shared ? superblock.getLong(96) : 0,
                prefixed ? Byte.toUnsignedInt(superblock.get(91)) : 0,
                Integer.toUnsignedLong(superblock.getInt(92)) << 2,
                (superblock.getInt(8) & PLAIN_PREFIXES) != 0);
    }
}
