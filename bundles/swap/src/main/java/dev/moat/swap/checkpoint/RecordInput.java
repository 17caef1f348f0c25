package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads what {@link RecordOutput} wrote, or anything else, with an error for the latter. */
final class RecordInput {
    /** Longest string: names of classes, paths, what guests give as names. */
    private static final int MAX_STRING_UNITS = 1 << 20;

    private final InputStream in;

    RecordInput(InputStream in) {
        this.in = in;
    }

    int readByte() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw new CheckpointException("a record is incomplete");
        }
        return value;
    }

    long readNumber() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = readByte();
            value |= (next & 0x7fL) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new CheckpointException("a number has too many digits");
    }

    long readSigned() throws IOException {
        long value = readNumber();
        return value >>> 1 ^ -(value & 1);
    }

    /** A number of things, each of which takes at least a byte somewhere. */
    int readCount() throws IOException {
        long value = readNumber();
        if (value < 0 || value > Integer.MAX_VALUE - 8) {
            throw new CheckpointException("a count is too large");
        }
        return (int) value;
    }

    String readString() throws IOException {
        int head = readCount();
        int length = head >>> 1;
        if (length > MAX_STRING_UNITS) {
            throw new CheckpointException("a string is too long");
        }
        if ((head & 1) == 0) {
            return new String(readBytes(length), StandardCharsets.ISO_8859_1);
        }
        byte[] bytes = readBytes(2 * length);
        char[] units = new char[length];
        for (int i = 0; i < length; i++) {
            units[i] = (char) (bytes[2 * i] & 0xff | (bytes[2 * i + 1] & 0xff) << Byte.SIZE);
        }
        return new String(units);
    }

    byte[] readBytes(int length) throws IOException {
        // reads piece by piece: a lie about the length takes no memory
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new CheckpointException("a record is incomplete");
        }
        return bytes;
    }
}
