package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Numbers and strings of object records: small numbers take one byte. */
final class RecordOutput {
    private final OutputStream out;

    RecordOutput(OutputStream out) {
        this.out = out;
    }

    void writeByte(int value) throws IOException {
        out.write(value);
    }

    /** LEB128 of the unsigned value. */
    void writeNumber(long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /** A number that may be negative. */
    void writeSigned(long value) throws IOException {
        writeNumber(value << 1 ^ value >> 63);
    }

    /** UTF-8 cannot hold a lone surrogate, which a guest string may well hold: UTF-16 units. */
    void writeString(String value) throws IOException {
        boolean latin1 = value.chars().allMatch(unit -> unit < 0x100);
        writeNumber((long) value.length() << 1 | (latin1 ? 0 : 1));
        if (latin1) {
            out.write(value.getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        for (int i = 0; i < value.length(); i++) {
            out.write(value.charAt(i));
            out.write(value.charAt(i) >>> Byte.SIZE);
        }
    }

    void writeBytes(byte[] bytes) throws IOException {
        out.write(bytes);
    }
}
