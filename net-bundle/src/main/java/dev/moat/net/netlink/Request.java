package dev.moat.net.netlink;

import dev.moat.api.task.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One message that a guest sent to the kernel.
 *
 * @param body what stands behind the header: as long as that says
 */
record Request(Task task, NetlinkSocket socket, NetlinkHeader header, byte[] body) {
    /** {@code struct nlattr}: length and type. */
    private static final int ATTRIBUTE_HEAD_BYTES = 4;

    /** NLA_TYPE_MASK. */
    private static final int TYPE_MASK = 0x3fff;

    /** A number of the fixed part; 0 where the message is too short for it. */
    int number(int offset) {
        if (offset + Integer.BYTES > body.length) {
            return 0;
        }
        return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
    }

    /** A byte of the fixed part; 0 where the message is too short for it. */
    int octet(int offset) {
        return offset < body.length ? body[offset] & 0xff : 0;
    }

    /** The attributes behind a fixed part; of two of one type the last one. */
    Map<Integer, byte[]> attributes(int fixedBytes) {
        return attributes(body, NetlinkHeader.align(fixedBytes));
    }

    /** As nla_parse(): what is no attribute ends the list. */
    static Map<Integer, byte[]> attributes(byte[] data, int from) {
        Map<Integer, byte[]> found = new HashMap<>();
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int at = from;
        while (data.length - at >= ATTRIBUTE_HEAD_BYTES) {
            int length = Short.toUnsignedInt(bytes.getShort(at));
            if (length < ATTRIBUTE_HEAD_BYTES || length > data.length - at) {
                break;
            }
            int type = bytes.getShort(at + Short.BYTES) & TYPE_MASK;
            found.put(type, Arrays.copyOfRange(data, at + ATTRIBUTE_HEAD_BYTES, at + length));
            at += NetlinkHeader.align(length);
        }
        return found;
    }

    /** A new message that answers this one. */
    MessageBuilder answer(int type, int flags) {
        return new MessageBuilder(type, flags, header.sequence(), socket.port());
    }
}
