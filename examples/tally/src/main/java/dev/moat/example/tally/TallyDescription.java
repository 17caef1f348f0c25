package dev.moat.example.tally;

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

/** An open file. */
@Stateful
final class TallyDescription extends FileDescription {
    /** More than any number has digits: a longer write is refused with EINVAL. */
    private static final int LINE_BYTES = 32;

    private final TallyFile file;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Of the next read. Written under the lock; read without it: a single long. */
    private volatile long position;

    TallyDescription(TallyFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            long moved = readAt(task, target, position);
            position += moved;
            return moved;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        byte[] text = file.text().getBytes(StandardCharsets.ISO_8859_1);
        long wanted = Math.min(target.remaining(), text.length - offset);
        if (wanted <= 0) {
            return 0;
        }
        long moved = target.put(MemorySegment.ofArray(text), offset, wanted);
        if (moved == 0) {
            throw Errno.EFAULT.exception();
        }
        return moved;
    }

    @Override
    public long position() {
        return position;
    }

    /** SEEK_SET and SEEK_CUR; a sum has no end to seek from: EINVAL. */
    @Override
    public long seek(Task task, long offset, int whence) {
        lock.lock();
        try {
            long wanted =
                    switch (whence) {
                        case SeekWhence.SEEK_SET -> offset;
                        case SeekWhence.SEEK_CUR -> position + offset;
                        default -> throw Errno.EINVAL.exception();
                    };
            if (wanted < 0) {
                throw Errno.EINVAL.exception();
            }
            position = wanted;
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a decimal number; blanks around it are fine. EINVAL for anything else. */
    @Override
    public long write(Task task, IoBuffer source) {
        long length = source.remaining();
        if (length > LINE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] line = new byte[(int) length];
        if (source.get(MemorySegment.ofArray(line), 0, length) < length) {
            throw Errno.EFAULT.exception();
        }
        try {
            file.add(Long.parseLong(new String(line, StandardCharsets.ISO_8859_1).strip()));
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
        return length;
    }
}
