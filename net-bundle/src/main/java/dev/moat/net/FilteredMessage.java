package dev.moat.net;

import dev.moat.lib.bpf.Input;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A message as a filter looks at it: no device brought it, and it has no headers, so that the
 * network header is its beginning and there is no link layer header. Source:
 * include/uapi/linux/filter.h, convert_bpf_extensions() in net/core/filter.c.
 */
record FilteredMessage(byte[] data) implements Input {
    /** SKF_NET_OFF; below it are offsets from the link layer header. */
    private static final int NETWORK_HEADER = -0x100000;

    // SKF_AD_*.
    private static final int INTERFACE = 8;
    private static final int ATTRIBUTE = 12;
    private static final int NESTED_ATTRIBUTE = 16;
    private static final int HARDWARE_TYPE = 28;
    private static final int XOR_X = 40;
    private static final int RANDOM = 56;

    /** sizeof(struct nlattr); attributes lie at multiples of it. */
    private static final int ATTRIBUTE_HEAD_BYTES = 4;

    /** NLA_TYPE_MASK: without the bits for nested ones and byte order. */
    private static final int ATTRIBUTE_TYPE_MASK = 0x3fff;

    @Override
    public int lengthBytes() {
        return data.length;
    }

    @Override
    public long load(int offset, int sizeBytes) {
        long at = offset;
        if (offset < 0) {
            if (offset < NETWORK_HEADER) {
                return NOTHING;
            }
            at = (long) offset - NETWORK_HEADER;
        }
        if (at + sizeBytes > data.length) {
            return NOTHING;
        }
        long value = 0;
        for (int i = 0; i < sizeBytes; i++) {
            value = value << 8 | data[(int) at + i] & 0xff;
        }
        return value;
    }

    /** A local message is for this host, unmarked, of protocol 0, and came on the first CPU. */
    @Override
    public long loadBeside(int number, int a, int x) {
        return switch (number) {
            case INTERFACE, HARDWARE_TYPE -> NOTHING;
            case ATTRIBUTE -> find(a, data.length, x);
            case NESTED_ATTRIBUTE -> findNested(a, x);
            case XOR_X -> Integer.toUnsignedLong(a ^ x);
            case RANDOM -> ThreadLocalRandom.current().nextLong(1L << 32);
            default -> 0;
        };
    }

    /** Offset of the attribute of type {@code wanted} between two offsets, 0 if there is none. */
    private long find(int from, int end, int wanted) {
        if (from < 0 || from > data.length - ATTRIBUTE_HEAD_BYTES) {
            return 0;
        }
        int at = from;
        while (end - at >= ATTRIBUTE_HEAD_BYTES) {
            int length = half(at);
            if (length < ATTRIBUTE_HEAD_BYTES || length > end - at) {
                return 0;
            }
            if ((half(at + 2) & ATTRIBUTE_TYPE_MASK) == wanted) {
                return at;
            }
            at += length + 3 & ~3;
        }
        return 0;
    }

    private long findNested(int from, int wanted) {
        if (from < 0 || from > data.length - ATTRIBUTE_HEAD_BYTES) {
            return 0;
        }
        int length = half(from);
        if (length < ATTRIBUTE_HEAD_BYTES || length > data.length - from) {
            return 0;
        }
        return find(from + ATTRIBUTE_HEAD_BYTES, from + length, wanted);
    }

    private int half(int at) {
        return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getShort(at) & 0xffff;
    }
}
