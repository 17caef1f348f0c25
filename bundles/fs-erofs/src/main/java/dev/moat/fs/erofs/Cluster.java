package dev.moat.fs.erofs;

import dev.moat.abi.Errno;

/**
 * A physical cluster: so many bytes of the image that unpack to so many bytes of a file.
 *
 * @param at in the image, in bytes
 * @param rotation of data that is not compressed: where in a block its first byte is
 */
record Cluster(long at, int packedBytes, int unpackedBytes, Codec codec, int rotation) {
    /** Z_EROFS_PCLUSTER_MAX_SIZE, Z_EROFS_PCLUSTER_MAX_DSIZE. */
    static final int MOST_PACKED_BYTES = 1 << 20;

    static final int MOST_UNPACKED_BYTES = 12 << 20;

    /** EUCLEAN, EIO. */
    byte[] unpack(ErofsFilesystem filesystem) {
        byte[] packed = filesystem.image().read(at, packedBytes).array();
        int block = filesystem.superblock().blockBytes();
        if (codec == Codec.NONE) {
            return plain(packed, block);
        }
        int from =
                codec == Codec.LZ4 && !filesystem.packing().zeroPadded()
                        ? 0
                        : padding(packed, block);
        return codec.unpack(packed, from, unpackedBytes);
    }

    /** The end of a file is not at the end of its block: zeros stand before the data instead. */
    private static int padding(byte[] packed, int block) {
        int most = Math.min(packed.length, block);
        int zeros = 0;
        while (zeros < most && packed[zeros] == 0) {
            zeros++;
        }
        if (zeros == most) {
            throw Errno.EUCLEAN.exception();
        }
        return zeros;
    }

    /** z_erofs_transform_plain(): the data may go on at the start of its block. */
    private byte[] plain(byte[] packed, int block) {
        byte[] bytes = new byte[unpackedBytes];
        int first = Math.min(block - rotation, unpackedBytes);
        if (rotation > 0 && packed.length > block
                || unpackedBytes > packed.length
                || rotation > 0 && rotation + first > packed.length) {
            throw Errno.EUCLEAN.exception();
        }
        if (rotation == 0) {
            System.arraycopy(packed, 0, bytes, 0, unpackedBytes);
        } else {
            System.arraycopy(packed, rotation, bytes, 0, first);
            System.arraycopy(packed, 0, bytes, first, unpackedBytes - first);
        }
        return bytes;
    }
}
