package dev.moat.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Byte arrays inside structs as Strings of one char per byte: the form of every guest string. */
final class Latin1 {
    private Latin1() {}

    /** Reads {@code length} bytes, zeros included. */
    static String readBytes(MemorySegment segment, long at, int length) {
        byte[] bytes = segment.asSlice(at, length).toArray(JAVA_BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Writes the first {@code length} chars of {@code bytes}; zeros follow a shorter text. */
    static void writeBytes(MemorySegment segment, long at, int length, String bytes) {
        int used = Math.min(length, bytes.length());
        for (int i = 0; i < used; i++) {
            segment.set(JAVA_BYTE, at + i, (byte) bytes.charAt(i));
        }
        segment.asSlice(at + used, length - used).fill((byte) 0);
    }

    /** Reads up to the first zero, or {@code length} bytes if there is none. */
    static String readText(MemorySegment segment, long at, int length) {
        String bytes = readBytes(segment, at, length);
        int end = bytes.indexOf(0);
        return end < 0 ? bytes : bytes.substring(0, end);
    }

    /** Writes a text that ends with a zero: one that is too long is cut. */
    static void writeText(MemorySegment segment, long at, int length, String text) {
        writeBytes(segment, at, length, text.substring(0, Math.min(length - 1, text.length())));
    }
}
