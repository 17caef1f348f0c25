package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.Iovec;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Memory of a guest in which what a submission points to is read as it was when that was submitted:
 * IORING_FEAT_SUBMIT_STABLE. Lives for one attempt.
 */
final class SubmittedMemory extends GuestView {
    private final Submitted submitted;

    SubmittedMemory(UserMemory guest, Submitted submitted) {
        super(guest);
        this.submitted = submitted;
    }

    private @Nullable MemorySegment find(long userAddr, long lengthBytes) {
        return submitted.find(userAddr, lengthBytes);
    }

    @Override
    public byte readByte(long userAddr) {
        MemorySegment copy = find(userAddr, 1);
        return copy == null ? super.readByte(userAddr) : copy.get(ValueLayout.JAVA_BYTE, 0);
    }

    @Override
    public int readInt(long userAddr) {
        MemorySegment copy = find(userAddr, Integer.BYTES);
        return copy == null ? super.readInt(userAddr) : copy.get(JAVA_INT_UNALIGNED, 0);
    }

    @Override
    public long readLong(long userAddr) {
        MemorySegment copy = find(userAddr, Long.BYTES);
        return copy == null ? super.readLong(userAddr) : copy.get(JAVA_LONG_UNALIGNED, 0);
    }

    @Override
    public void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        MemorySegment copy = find(userAddr, lengthBytes);
        if (copy == null) {
            super.copyIn(userAddr, target, offset, lengthBytes);
        } else {
            MemorySegment.copy(copy, 0, target, offset, lengthBytes);
        }
    }

    @Override
    public long copyInPartial(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        MemorySegment copy = find(userAddr, lengthBytes);
        if (copy == null) {
            return super.copyInPartial(userAddr, target, offset, lengthBytes);
        }
        MemorySegment.copy(copy, 0, target, offset, lengthBytes);
        return lengthBytes;
    }

    @Override
    public String readString(long userAddr, int limitBytes) {
        String copy = submitted.findString(userAddr);
        if (copy == null) {
            return super.readString(userAddr, limitBytes);
        }
        if (copy.length() >= limitBytes) {
            throw Errno.ENAMETOOLONG.exception();
        }
        return copy;
    }

    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        MemorySegment copy = count <= 0 ? null : find(iovecUserAddr, count * Iovec.SIZE);
        return copy == null
                ? super.buffer(iovecUserAddr, count, use)
                : super.buffer(copy, count, use);
    }
}
