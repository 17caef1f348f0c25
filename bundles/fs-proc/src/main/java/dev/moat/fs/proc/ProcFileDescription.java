package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An open file of proc. Its text is made when reading starts at offset 0 and stays the same until
 * then again.
 */
@Stateful
final class ProcFileDescription extends FileDescription {
    /** Longest value that can be written, as proc handlers of Linux take one page. */
    private static final int MAX_WRITE_BYTES = 4096;

    private final ProcFile file;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /**
     * Null until something was read. Rendered without the lock, because what it asks has locks of
     * lower rank; a reader that starts replaces it as a whole.
     */
    private volatile byte @Nullable [] text;

    /** Written under the lock; read without it by /proc. */
    private volatile long position;

    ProcFileDescription(ProcFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        byte[] shown = textAt(task, position);
        lock.lock();
        try {
            long count = copy(shown, position, target);
            position += count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return copy(textAt(task, offset), offset, target);
    }

    private byte[] textAt(Task task, long offset) {
        byte[] known = text;
        if (known == null || offset == 0) {
            known = file.render(task).getBytes(StandardCharsets.ISO_8859_1);
            text = known;
        }
        return known;
    }

    private static long copy(byte[] text, long offset, IoBuffer target) {
        return offset >= text.length
                ? 0
                : target.put(MemorySegment.ofArray(text), offset, text.length - offset);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return writeAt(task, source, 0);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        long length = source.remaining();
        if (length > MAX_WRITE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] value = new byte[(int) length];
        long count = source.get(MemorySegment.ofArray(value), 0, length);
        file.accept(task, new String(value, 0, (int) count, StandardCharsets.ISO_8859_1));
        return count;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long target =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        default -> throw Errno.EINVAL.exception();
                    };
            if (target < 0) {
                throw Errno.EINVAL.exception();
            }
            position = target;
            return target;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long position() {
        return position;
    }
}
