package dev.moat.fs.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The bytes of a request behind its header, as they are put together. Lives for one call. */
final class Body {
    private ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

    private ByteBuffer room(int more) {
        if (bytes.remaining() < more) {
            int size = Math.max(2 * bytes.capacity(), bytes.position() + more);
            ByteBuffer larger = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }

    Body u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    Body u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    /** A name with the zero byte behind it. */
    Body name(String name) {
        byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
        room(text.length + 1).put(text).put((byte) 0);
        return this;
    }

    Body data(byte[] data) {
        room(data.length).put(data);
        return this;
    }

    byte[] toBytes() {
        byte[] result = new byte[bytes.position()];
        bytes.flip().get(result);
        return result;
    }
}
