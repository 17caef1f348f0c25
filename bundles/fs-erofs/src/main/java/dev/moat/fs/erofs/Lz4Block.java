package dev.moat.fs.erofs;

import dev.moat.abi.Errno;

/**
 * A block of LZ4 without a frame: sequences of literals and of a match with what came before.
 *
 * <p>Own code, because the libraries at hand unpack whole blocks only; a cluster that files share
 * is read up to the length that one of them has.
 *
 * <p>Source: lz4's doc/lz4_Block_format.md.
 */
final class Lz4Block {
    private static final int LEAST_MATCH_BYTES = 4;
    private static final int LONG_LENGTH = 15;

    private final byte[] packed;
    private int at;

    private Lz4Block(byte[] packed, int from) {
        this.packed = packed;
        this.at = from;
    }

    /** The first {@code unpackedBytes}; EUCLEAN. */
    static byte[] unpack(byte[] packed, int from, int unpackedBytes) {
        return new Lz4Block(packed, from).unpack(unpackedBytes);
    }

    private byte[] unpack(int size) {
        byte[] bytes = new byte[size];
        int filled = 0;
        while (filled < size) {
            int token = next();
            int literals = Math.min(length(token >>> 4), size - filled);
            if (literals > packed.length - at) {
                throw Errno.EUCLEAN.exception();
            }
            System.arraycopy(packed, at, bytes, filled, literals);
            at += literals;
            filled += literals;
            if (filled == size) {
                break;
            }
            int distance = next() | next() << 8;
            int match =
                    Math.min(length(token & LONG_LENGTH), size - LEAST_MATCH_BYTES)
                            + LEAST_MATCH_BYTES;
            if (distance == 0 || distance > filled) {
                throw Errno.EUCLEAN.exception();
            }
            int end = Math.min(size, filled + match);
            repeat(bytes, filled, distance, end);
            filled = end;
        }
        return bytes;
    }

    /** A match may reach into what it makes. */
    private static void repeat(byte[] bytes, int from, int distance, int end) {
        int filled = from;
        while (filled < end) {
            int length = Math.min(filled - (from - distance), end - filled);
            System.arraycopy(bytes, from - distance, bytes, filled, length);
            filled += length;
        }
    }

    private int next() {
        if (at >= packed.length) {
            throw Errno.EUCLEAN.exception();
        }
        return Byte.toUnsignedInt(packed[at++]);
    }

    /** No longer than 255 times the block, which does not overflow. */
    private int length(int nibble) {
        int length = nibble;
        if (nibble == LONG_LENGTH) {
            int more;
            do {
                more = next();
                length += more;
            } while (more == 255);
        }
        return length;
    }
}
