package dev.moat.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Host byte strings as Java strings, one char per byte. */
final class ByteStrings {
    private ByteStrings() {}

    static String read(MemorySegment from, long at, int length) {
        byte[] bytes = from.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
