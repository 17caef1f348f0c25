package dev.moat.loader.vdso;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Growing little-endian bytes. */
final class Bytes {
    private byte[] content = new byte[256];
    private int length;

    int length() {
        return length;
    }

    Bytes u8(int... values) {
        for (int value : values) {
            ensure(1);
            content[length++] = (byte) value;
        }
        return this;
    }

    Bytes u16(int value) {
        return u8(value, value >> 8);
    }

    Bytes u32(int value) {
        return u16(value).u16(value >> 16);
    }

    Bytes u64(long value) {
        return u32((int) value).u32((int) (value >> 32));
    }

    /** NUL-terminated. */
    Bytes text(String text) {
        return append(text.getBytes(StandardCharsets.ISO_8859_1)).u8(0);
    }

    Bytes append(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, content, length, bytes.length);
        length += bytes.length;
        return this;
    }

    /** Fills up with {@code filler} to a multiple of {@code alignment}. */
    Bytes align(int alignment, int filler) {
        while (length % alignment != 0) {
            u8(filler);
        }
        return this;
    }

    /** Overwrites one byte. */
    void setU8(int at, int value) {
        content[at] = (byte) value;
    }

    byte[] toArray() {
        return Arrays.copyOf(content, length);
    }

    private void ensure(int more) {
        if (length + more > content.length) {
            content = Arrays.copyOf(content, Math.max(content.length * 2, length + more));
        }
    }
}
