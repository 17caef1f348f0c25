package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Iovec;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;

/**
 * Memory of a guest with some of the kernel's beside it, where no guest has any: for operations
 * that give values which the system call of that kind reads from memory. Lives for one attempt.
 */
final class LentMemory extends GuestView {
    /** Where it is: addresses of the kernel's half, which no guest can have mapped. */
    static final long FIRST = 0xffff_ffff_ffff_e000L;

    static final long SECOND = FIRST + Long.BYTES;

    /** More would not fit behind {@link #FIRST}. */
    static final int MOST_BYTES = 8192;

    private final MemorySegment bytes;

    LentMemory(UserMemory guest, MemorySegment bytes) {
        super(guest);
        this.bytes = bytes;
    }

    /** Two words. */
    static LentMemory of(UserMemory guest, long first, long second) {
        return new LentMemory(guest, MemorySegment.ofArray(new long[] {first, second}));
    }

    long first() {
        return bytes.get(JAVA_LONG_UNALIGNED, 0);
    }

    /** What is there; the calls write to it, too. */
    MemorySegment bytes() {
        return bytes;
    }

    private boolean isLent(long userAddr, long lengthBytes) {
        long at = userAddr - FIRST;
        return at >= 0 && lengthBytes >= 0 && at <= bytes.byteSize() - lengthBytes;
    }

    @Override
    public byte readByte(long userAddr) {
        return isLent(userAddr, 1)
                ? bytes.get(JAVA_BYTE, userAddr - FIRST)
                : super.readByte(userAddr);
    }

    @Override
    public int readInt(long userAddr) {
        return isLent(userAddr, Integer.BYTES)
                ? bytes.get(JAVA_INT_UNALIGNED, userAddr - FIRST)
                : super.readInt(userAddr);
    }

    @Override
    public long readLong(long userAddr) {
        return isLent(userAddr, Long.BYTES)
                ? bytes.get(JAVA_LONG_UNALIGNED, userAddr - FIRST)
                : super.readLong(userAddr);
    }

    @Override
    public void writeInt(long userAddr, int value) {
        if (isLent(userAddr, Integer.BYTES)) {
            bytes.set(JAVA_INT_UNALIGNED, userAddr - FIRST, value);
        } else {
            super.writeInt(userAddr, value);
        }
    }

    @Override
    public void writeLong(long userAddr, long value) {
        if (isLent(userAddr, Long.BYTES)) {
            bytes.set(JAVA_LONG_UNALIGNED, userAddr - FIRST, value);
        } else {
            super.writeLong(userAddr, value);
        }
    }

    @Override
    public void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        if (isLent(userAddr, lengthBytes)) {
            MemorySegment.copy(bytes, userAddr - FIRST, target, offset, lengthBytes);
        } else {
            super.copyIn(userAddr, target, offset, lengthBytes);
        }
    }

    @Override
    public void copyOut(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        if (isLent(userAddr, lengthBytes)) {
            MemorySegment.copy(source, offset, bytes, userAddr - FIRST, lengthBytes);
        } else {
            super.copyOut(userAddr, source, offset, lengthBytes);
        }
    }

    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        return count > 0 && isLent(iovecUserAddr, count * Iovec.SIZE)
                ? super.buffer(bytes.asSlice(iovecUserAddr - FIRST, count * Iovec.SIZE), count, use)
                : super.buffer(iovecUserAddr, count, use);
    }
}
