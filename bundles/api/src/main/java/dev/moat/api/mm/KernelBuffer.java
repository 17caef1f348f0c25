package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;

/** An {@link IoBuffer} over kernel memory: for the loader, splice, sendfile and tests. */
public final class KernelBuffer implements IoBuffer {
    private final MemorySegment memory;
    private long position;
    private long end;

    /** Over {@code memory}, from its start to its end; the memory stays the caller's. */
    public KernelBuffer(MemorySegment memory) {
        this.memory = memory;
        this.end = memory.byteSize();
    }

    /** Over {@code bytes}. */
    public static KernelBuffer of(byte[] bytes) {
        return new KernelBuffer(MemorySegment.ofArray(bytes));
    }

    @Override
    public long remaining() {
        return end - position;
    }

    @Override
    public long transferred() {
        return position;
    }

    @Override
    public long put(MemorySegment source, long offset, long lengthBytes) {
        long moved = Math.min(lengthBytes, remaining());
        MemorySegment.copy(source, offset, memory, position, moved);
        position += moved;
        return moved;
    }

    @Override
    public long get(MemorySegment target, long offset, long lengthBytes) {
        long moved = Math.min(lengthBytes, remaining());
        MemorySegment.copy(memory, position, target, offset, moved);
        position += moved;
        return moved;
    }

    @Override
    public long putZeros(long lengthBytes) {
        long moved = Math.min(lengthBytes, remaining());
        memory.asSlice(position, moved).fill((byte) 0);
        position += moved;
        return moved;
    }

    @Override
    public boolean faulted() {
        return false;
    }

    @Override
    public void limit(long lengthBytes) {
        end = Math.min(end, position + Math.max(0, lengthBytes));
    }

    @Override
    public void skip(long lengthBytes) {
        position += Math.min(lengthBytes, remaining());
    }

    @Override
    public void rewind(long transferred) {
        if (transferred < 0 || transferred > position) {
            throw new IllegalArgumentException("rewind to " + transferred + " of " + position);
        }
        position = transferred;
    }
}
