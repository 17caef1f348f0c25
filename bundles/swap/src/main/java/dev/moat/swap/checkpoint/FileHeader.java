package dev.moat.swap.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** The first bytes of a checkpoint file: what it is, and how the rest is to be read. */
final class FileHeader {
    /** Raised when a reader of the version before could not read the file. */
    static final int VERSION = 1;

    static final int BYTES = 16;

    /** As PNG's: a byte that no text has, a name, what a text transfer would change. */
    private static final byte[] MAGIC = {(byte) 0x89, 'M', 'O', 'A', 'T', '\r', '\n', 0x1a};

    private FileHeader() {}

    static byte[] encode() {
        ByteBuffer header = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC).putInt(VERSION);
        header.putInt(checksum(header.array()));
        return header.array();
    }

    /**
     * @param bytes as many as the file has, at most {@link #BYTES}
     * @throws CheckpointException it is no checkpoint, or one of a later version
     */
    static void check(byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= bytes.length || bytes[i] != MAGIC[i]) {
                throw new CheckpointException("it is no checkpoint");
            }
        }
        if (bytes.length < BYTES) {
            throw new CheckpointException("it is cut off in its header");
        }
        if (header.getInt(BYTES - 4) != checksum(bytes)) {
            throw new CheckpointException("its header is damaged: the checksum is wrong");
        }
        int version = header.getInt(MAGIC.length);
        if (version != VERSION) {
            throw new CheckpointException(
                    "it has format version %s, this kernel reads version %d"
                            .formatted(Integer.toUnsignedString(version), VERSION));
        }
    }

    private static int checksum(byte[] header) {
        CRC32C sum = new CRC32C();
        sum.update(header, 0, BYTES - 4);
        return (int) sum.getValue();
    }
}
