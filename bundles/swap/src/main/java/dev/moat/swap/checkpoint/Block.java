package dev.moat.swap.checkpoint;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A piece of a section as it stands in the file. The checksum covers where the block belongs, so
 * that blocks that were exchanged are found, too.
 *
 * @param rawBytes how many bytes it stands for
 * @param stored its bytes in the file
 * @param storedBytes how many of them
 * @param checksum of all of it
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
record Block(int rawBytes, byte[] stored, int storedBytes, int checksum) {
    /** Bytes of sections that become one block. */
    static final int MAX_RAW_BYTES = 1 << 20;

    /** More than what any encoding makes of {@link #MAX_RAW_BYTES}. */
    static final int MAX_STORED_BYTES = MAX_RAW_BYTES + (MAX_RAW_BYTES >> 4);

    /** Raw size, stored size, checksum. */
    static final int HEADER_BYTES = 12;

    static Block encode(Section section, int number, byte[] raw, int rawBytes) {
        byte[] stored = raw;
        int storedBytes = rawBytes;
        if (section.encoding() == Section.Encoding.ZSTD) {
            ZstdCompressor compressor = new ZstdCompressor();
            stored = new byte[compressor.maxCompressedLength(rawBytes)];
            storedBytes = compressor.compress(raw, 0, rawBytes, stored, 0, stored.length);
        }
        int checksum = checksum(section, number, rawBytes, stored, storedBytes);
        return new Block(rawBytes, stored, storedBytes, checksum);
    }

    /** The end of a section: stands for no bytes and says how many there were. */
    static Block last(Section section, int number, long totalBytes) {
        byte[] total =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(totalBytes)
                        .array();
        return new Block(0, total, total.length, checksum(section, number, 0, total, total.length));
    }

    boolean isLast() {
        return rawBytes == 0;
    }

    /**
     * For the end of a section: how many bytes were in it.
     *
     * @throws CheckpointException the block is not what was written
     */
    long totalBytes(Section section, int number) {
        requireIntact(section, number);
        if (storedBytes != Long.BYTES) {
            throw malformed(section, number);
        }
        return ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /**
     * The bytes that it stands for.
     *
     * @throws CheckpointException the block is not what was written
     */
    byte[] decode(Section section, int number) {
        requireIntact(section, number);
        if (section.encoding() == Section.Encoding.STORED) {
            if (rawBytes != storedBytes) {
                throw malformed(section, number);
            }
            return stored;
        }
        byte[] raw = new byte[rawBytes];
        try {
            int length =
                    new ZstdDecompressor().decompress(stored, 0, storedBytes, raw, 0, rawBytes);
            if (length != rawBytes) {
                throw malformed(section, number);
            }
            return raw;
        } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw malformed(section, number);
        }
    }

    private void requireIntact(Section section, int number) {
        if (checksum != checksum(section, number, rawBytes, stored, storedBytes)) {
            throw new CheckpointException(
                    section + " is damaged: the checksum of block " + number + " is wrong");
        }
    }

    private static CheckpointException malformed(Section section, int number) {
        return new CheckpointException(section + " is damaged: block " + number + " is malformed");
    }

    private static int checksum(
            Section section, int number, int rawBytes, byte[] stored, int storedBytes) {
        ByteBuffer place = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        place.putInt(section.tag()).putInt(number).putInt(rawBytes).putInt(storedBytes).flip();
        CRC32C sum = new CRC32C();
        sum.update(place);
        sum.update(stored, 0, storedBytes);
        return (int) sum.getValue();
    }
}
