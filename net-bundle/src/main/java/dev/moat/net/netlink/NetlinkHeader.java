package dev.moat.net.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct nlmsghdr}.
 *
 * @param lengthBytes of the message with its header, not yet checked
 */
record NetlinkHeader(int lengthBytes, int type, int flags, int sequence, int port) {
    static final int SIZE = 16;

    /** The header at {@code at}, where there are at least {@link #SIZE} bytes. */
    static NetlinkHeader read(byte[] data, int at) {
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).position(at);
        return new NetlinkHeader(
                bytes.getInt(),
                Short.toUnsignedInt(bytes.getShort()),
                Short.toUnsignedInt(bytes.getShort()),
                bytes.getInt(),
                bytes.getInt());
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Messages and attributes begin at multiples of four. */
    static int align(int lengthBytes) {
        return lengthBytes + 3 & ~3;
    }
}
