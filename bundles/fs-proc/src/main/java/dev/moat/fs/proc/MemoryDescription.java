package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** An open {@code /proc/pid/mem}: the address space that the process had when it was opened. */
@Stateful
final class MemoryDescription extends FileDescription {
    private static final int CHUNK_BYTES = 64 << 10;

    private final MemoryInode inode;
    private final MemoryManager memory;

    /** Concurrent readers of one description race, as on Linux. */
    private volatile long position;

    MemoryDescription(MemoryInode inode, MemoryManager memory, int flags) {
        super(flags);
        this.inode = inode;
        this.memory = memory;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public boolean takesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        // The address space is not kept alive: once its last task is gone, transfers give 0.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        long count = readAt(task, target, position);
        position += count;
        return count;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long count = writeAt(task, source, position);
        position += count;
        return count;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        if (memory.users() == 0) {
            return 0;
        }
        MemorySegment chunk = chunkFor(target);
        long total = 0;
        while (target.remaining() > 0) {
            long wanted = Math.min(chunk.byteSize(), target.remaining());
            long count = memory.user().peek(offset + total, chunk, 0, wanted);
            long moved = target.put(chunk, 0, count);
            total += moved;
            if (moved < wanted) {
                break;
            }
        }
        return orError(total, target.remaining() > 0, target);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        if (memory.users() == 0) {
            return 0;
        }
        MemorySegment chunk = chunkFor(source);
        long total = 0;
        boolean refused = false;
        while (source.remaining() > 0 && !refused) {
            long taken = source.get(chunk, 0, chunk.byteSize());
            long count = memory.user().poke(offset + total, chunk, 0, taken);
            total += count;
            refused = count < taken || taken == 0;
        }
        return orError(total, refused, source);
    }

    private static MemorySegment chunkFor(IoBuffer buffer) {
        return MemorySegment.ofArray(new byte[Math.clamp(buffer.remaining(), 1, CHUNK_BYTES)]);
    }

    /**
     * EFAULT for the caller's own memory, EIO if nothing at all was moved: mem_rw, fs/proc/base.c.
     */
    private static long orError(long total, boolean refused, IoBuffer buffer) {
        if (buffer.faulted()) {
            throw Errno.EFAULT.exception();
        }
        if (total == 0 && refused) {
            throw Errno.EIO.exception();
        }
        return total;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        switch (whence) {
            case SeekWhence.SEEK_SET -> position = offset;
            case SeekWhence.SEEK_CUR -> position += offset;
            default -> throw Errno.EINVAL.exception();
        }
        return position;
    }

    @Override
    public long position() {
        return position;
    }
}
