package dev.moat.uring;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;

/** Memory of a guest as an operation sees it: the guest's, where the view has nothing else. */
abstract class GuestView implements UserMemory {
    private final UserMemory guest;

    GuestView(UserMemory guest) {
        this.guest = guest;
    }

    @Override
    public int readInt(long userAddr) {
        return guest.readInt(userAddr);
    }

    @Override
    public long readLong(long userAddr) {
        return guest.readLong(userAddr);
    }

    @Override
    public void writeInt(long userAddr, int value) {
        guest.writeInt(userAddr, value);
    }

    @Override
    public void writeLong(long userAddr, long value) {
        guest.writeLong(userAddr, value);
    }

    @Override
    public IoBuffer buffer(long userAddr, long lengthBytes) {
        return guest.buffer(userAddr, lengthBytes);
    }

    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        return guest.buffer(iovecUserAddr, count, use);
    }

    @Override
    public IoBuffer buffer(MemorySegment iovecs, int count, BufferUse use) {
        return guest.buffer(iovecs, count, use);
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
