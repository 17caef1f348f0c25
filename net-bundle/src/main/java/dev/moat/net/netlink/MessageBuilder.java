package dev.moat.net.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes one message: header, fixed part, attributes. Used by one thread. */
final class MessageBuilder {
    private static final int ATTRIBUTE_HEAD_BYTES = 4;

    private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    MessageBuilder(int type, int flags, int sequence, int port) {
        number(0).half(type).half(flags).number(sequence).number(port);
    }

    MessageBuilder octet(int value) {
        room(1).put((byte) value);
        return this;
    }

    MessageBuilder half(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    MessageBuilder number(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    MessageBuilder raw(byte[] data) {
        room(data.length).put(data);
        return this;
    }

    MessageBuilder attribute(int type, byte[] data) {
        half(ATTRIBUTE_HEAD_BYTES + data.length).half(type).raw(data);
        return pad();
    }

    MessageBuilder octetAttribute(int type, int value) {
        return attribute(type, new byte[] {(byte) value});
    }

    MessageBuilder numberAttribute(int type, int value) {
        return attribute(type, numbers(value));
    }

    /** A string with its NUL. */
    MessageBuilder textAttribute(int type, String text) {
        return attribute(type, (text + "\0").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The message, its length in its header, padded for one that may follow. */
    byte[] finish() {
        int length = bytes.position();
        bytes.putInt(0, length);
        return Arrays.copyOf(bytes.array(), NetlinkHeader.align(length));
    }

    /** Numbers in the byte order of the machine. */
    static byte[] numbers(int... values) {
        ByteBuffer buffer =
                ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.putInt(value);
        }
        return buffer.array();
    }

    private MessageBuilder pad() {
        while (bytes.position() % ATTRIBUTE_HEAD_BYTES != 0) {
            octet(0);
        }
        return this;
    }

    private ByteBuffer room(int more) {
        if (bytes.remaining() < more) {
            int size = Math.max(2 * bytes.capacity(), bytes.position() + more);
            ByteBuffer larger = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }
}
