package dev.moat.uring;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;

/**
 * Memory of a guest with two words beside it, where no guest has any: for operations that give
 * values which the system call of that kind reads from memory. Lives for one attempt.
 */
final class ValueMemory implements UserMemory {
    /** Where the words are: an address of the kernel's half, which no guest can have mapped. */
    static final long FIRST = 0xffff_ffff_ffff_e000L;

    static final long SECOND = FIRST + Long.BYTES;

    private final UserMemory guest;
    private final long[] words;

    ValueMemory(UserMemory guest, long first, long second) {
        this.guest = guest;
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
        return isOwn(userAddr) ? (int) words[index(userAddr)] : guest.readInt(userAddr);
    }

    @Override
    public long readLong(long userAddr) {
        return isOwn(userAddr) ? words[index(userAddr)] : guest.readLong(userAddr);
    }

    @Override
    public void writeInt(long userAddr, int value) {
        if (isOwn(userAddr)) {
            words[index(userAddr)] = Integer.toUnsignedLong(value);
        } else {
            guest.writeInt(userAddr, value);
        }
    }

    @Override
    public void writeLong(long userAddr, long value) {
        if (isOwn(userAddr)) {
            words[index(userAddr)] = value;
        } else {
            guest.writeLong(userAddr, value);
        }
    }

    /** The words as a vector of one. */
    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        return iovecUserAddr == FIRST
                ? guest.buffer(words[0], words[1])
                : guest.buffer(iovecUserAddr, count, use);
    }

    @Override
    public IoBuffer buffer(long userAddr, long lengthBytes) {
        return guest.buffer(userAddr, lengthBytes);
    }

    @Override
    public byte readByte(long userAddr) {
        return guest.readByte(userAddr);
    }

    @Override
    public void writeByte(long userAddr, byte value) {
        guest.writeByte(userAddr, value);
    }

    @Override
    public void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        guest.copyIn(userAddr, target, offset, lengthBytes);
    }

    @Override
    public void copyOut(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        guest.copyOut(userAddr, source, offset, lengthBytes);
    }

    @Override
    public long copyInPartial(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return guest.copyInPartial(userAddr, target, offset, lengthBytes);
    }

    @Override
    public long copyOutPartial(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return guest.copyOutPartial(userAddr, source, offset, lengthBytes);
    }

    @Override
    public void clear(long userAddr, long lengthBytes) {
        guest.clear(userAddr, lengthBytes);
    }

    @Override
    public String readString(long userAddr, int limitBytes) {
        return guest.readString(userAddr, limitBytes);
    }

    @Override
    public int compareAndExchangeInt(long userAddr, int expected, int replacement) {
        return guest.compareAndExchangeInt(userAddr, expected, replacement);
    }

    @Override
    public int readIntVolatile(long userAddr) {
        return guest.readIntVolatile(userAddr);
    }

    @Override
    public MemoryKey keyOf(long userAddr) {
        return guest.keyOf(userAddr);
    }
}
