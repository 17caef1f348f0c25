package dev.moat.uring;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory;

/**
 * Memory of a guest with two words beside it, where no guest has any: for operations that give
 * values which the system call of that kind reads from memory. Lives for one attempt.
 */
final class ValueMemory extends GuestView {
    /** Where the words are: an address of the kernel's half, which no guest can have mapped. */
    static final long FIRST = 0xffff_ffff_ffff_e000L;

    static final long SECOND = FIRST + Long.BYTES;

    private final long[] words;

    ValueMemory(UserMemory guest, long first, long second) {
        super(guest);
        this.words = new long[] {first, second};
    }

    long first() {
        return words[0];
    }

    private static boolean isOwn(long userAddr) {
        return userAddr == FIRST || userAddr == SECOND;
    }

    private static int index(long userAddr) {
        return userAddr == FIRST ? 0 : 1;
    }

    @Override
    public int readInt(long userAddr) {
        return isOwn(userAddr) ? (int) words[index(userAddr)] : super.readInt(userAddr);
    }

    @Override
    public long readLong(long userAddr) {
        return isOwn(userAddr) ? words[index(userAddr)] : super.readLong(userAddr);
    }

    @Override
    public void writeInt(long userAddr, int value) {
        if (userAddr == FIRST + Integer.BYTES) {
            words[0] = words[0] & 0xffff_ffffL | (long) value << Integer.SIZE;
        } else if (isOwn(userAddr)) {
            words[index(userAddr)] = Integer.toUnsignedLong(value);
        } else {
            super.writeInt(userAddr, value);
        }
    }

    @Override
    public void writeLong(long userAddr, long value) {
        if (isOwn(userAddr)) {
            words[index(userAddr)] = value;
        } else {
            super.writeLong(userAddr, value);
        }
    }

    /** The words as a vector of one. */
    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        return iovecUserAddr == FIRST
                ? super.buffer(words[0], words[1])
                : super.buffer(iovecUserAddr, count, use);
    }
}
