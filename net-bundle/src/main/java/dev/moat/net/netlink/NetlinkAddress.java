package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct sockaddr_nl}.
 *
 * @param groups one bit for each of the first 32 groups
 */
record NetlinkAddress(int port, int groups) {
    private static final int SIZE = 12;
    private static final int PORT = 4;
    private static final int GROUPS = 8;

    /**
     * Reads what a guest gave.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for another family, or too few bytes
     */
    static NetlinkAddress parse(byte[] address) {
        if (address.length < SIZE) {
            throw Errno.EINVAL.exception();
        }
        ByteBuffer bytes = ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getShort(0) != SocketConstants.AF_NETLINK) {
            throw Errno.EINVAL.exception();
        }
        return new NetlinkAddress(bytes.getInt(PORT), bytes.getInt(GROUPS));
    }

    /** An address of one group, 0 for none; those above the 32nd cannot be told. */
    static NetlinkAddress of(int port, int group) {
        return new NetlinkAddress(port, group > 0 && group <= Integer.SIZE ? 1 << group - 1 : 0);
    }

    /** The first group, 0 for none. */
    int firstGroup() {
        return groups == 0 ? 0 : Integer.numberOfTrailingZeros(groups) + 1;
    }

    byte[] encode() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(SocketConstants.AF_NETLINK)
                .putInt(port)
                .putInt(groups)
                .array();
    }
}
