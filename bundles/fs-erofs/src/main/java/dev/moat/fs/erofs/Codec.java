package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.tukaani.xz.LZMAInputStream;

/** Z_EROFS_COMPRESSION_*, by number; and none. */
enum Codec {
    LZ4 {
        @Override
        byte[] unpack(byte[] packed, int from, int unpackedBytes) {
            return Lz4Block.unpack(packed, from, unpackedBytes);
        }
    },
    /** MicroLZMA: LZMA whose first byte, always 0, was replaced by the inverted properties. */
    LZMA {
        @Override
        byte[] unpack(byte[] packed, int from, int unpackedBytes) {
            byte properties = (byte) ~packed[from];
            packed[from] = 0;
            int dictionary = Math.max(unpackedBytes, LEAST_DICTIONARY_BYTES);
            try (var stream = new LZMAInputStream(rest(packed, from), -1, properties, dictionary)) {
                return exactly(stream, unpackedBytes);
            } catch (IOException e) {
                throw Errno.EUCLEAN.exception();
            }
        }
    },
    DEFLATE {
        @Override
        byte[] unpack(byte[] packed, int from, int unpackedBytes) {
            byte[] bytes = new byte[unpackedBytes];
            try (Inflater inflater = new Inflater(true)) {
                inflater.setInput(packed, from, packed.length - from);
                int filled = 0;
                while (filled < unpackedBytes) {
                    int more = inflater.inflate(bytes, filled, unpackedBytes - filled);
                    if (more == 0) {
                        throw Errno.EUCLEAN.exception();
                    }
                    filled += more;
                }
            } catch (DataFormatException e) {
                throw Errno.EUCLEAN.exception();
            }
            return bytes;
        }
    },
    ZSTD {
        @Override
        byte[] unpack(byte[] packed, int from, int unpackedBytes) {
            try (var stream = new ZstdInputStream(rest(packed, from))) {
                return exactly(stream, unpackedBytes);
            } catch (IOException | MalformedInputException e) {
                throw Errno.EUCLEAN.exception();
            }
        }
    },
    NONE {
        @Override
        byte[] unpack(byte[] packed, int from, int unpackedBytes) {
            throw new IllegalStateException("not packed");
        }
    };

    private static final int LEAST_DICTIONARY_BYTES = 4096;

    /** Z_EROFS_ALL_COMPR_ALGS: a bit for each of those above. */
    static final int ALL = (1 << NONE.ordinal()) - 1;

    /**
     * The first {@code unpackedBytes} of what {@code packed}, which may be changed, has from a
     * place on; EUCLEAN if it has less, or something else.
     */
    abstract byte[] unpack(byte[] packed, int from, int unpackedBytes);

    private static InputStream rest(byte[] packed, int from) {
        return new ByteArrayInputStream(packed, from, packed.length - from);
    }

    private static byte[] exactly(InputStream stream, int size) throws IOException {
        byte[] bytes = new byte[size];
        if (stream.readNBytes(bytes, 0, size) < size) {
            throw Errno.EUCLEAN.exception();
        }
        return bytes;
    }
}
