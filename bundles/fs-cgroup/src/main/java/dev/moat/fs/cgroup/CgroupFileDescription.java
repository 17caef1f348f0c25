package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An open file: its text is fresh whenever it is read from the start; each write is a command. */
@Stateful
final class CgroupFileDescription extends FileDescription {
    private static final int PAGE_BYTES = 4096;
    private static final int READY = 0x1 | 0x4 | 0x40 | 0x100;
    private static final int CHANGED = READY | 0x2 | 0x8;

    private final CgroupFile file;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by lock. */
    private byte[] content = new byte[0];

    /** Written under the lock; read without it by /proc: a single long. */
    private volatile long position;

    /** What {@link CgroupFile#changes} gave when the text was made. Volatile: read by poll. */
    private volatile int seen;

    CgroupFileDescription(CgroupFile file, int flags) {
        super(flags);
        this.file = file;
        this.seen = file.changes();
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        byte[] fresh = position == 0 ? fresh(task) : null;
        lock.lock();
        try {
            long count = readLocked(fresh, target, position);
            position += count;
            return count;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        byte[] fresh = offset == 0 ? fresh(task) : null;
        lock.lock();
        try {
            return readLocked(fresh, target, offset);
        } finally {
            lock.unlock();
        }
    }

    private byte[] fresh(Task reader) {
        seen = file.changes();
        return file.content(reader);
    }

    private long readLocked(byte @Nullable [] fresh, IoBuffer target, long offset) {
        if (fresh != null) {
            content = fresh;
        }
        long wanted = Math.min(target.remaining(), content.length - offset);
        if (wanted <= 0) {
            return 0;
        }
        long count = target.put(MemorySegment.ofArray(content), offset, wanted);
        if (count == 0) {
            throw Errno.EFAULT.exception();
        }
        return count;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long count = writeAt(task, source, 0);
        lock.lock();
        try {
            position += count;
        } finally {
            lock.unlock();
        }
        return count;
    }

    /** At any offset it is the same command. */
    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        int length = (int) Math.min(source.remaining(), PAGE_BYTES);
        byte[] bytes = new byte[length];
        if (source.get(MemorySegment.ofArray(bytes), 0, length) != length) {
            throw Errno.EFAULT.exception();
        }
        file.accept(task, new String(bytes, StandardCharsets.ISO_8859_1).strip());
        return length;
    }

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

    @Override
    public long position() {
        return position;
    }

    @Override
    public int readiness() {
        return file.notifies() && seen != file.changes() ? CHANGED : READY;
    }

    /** Commands never wait: memory.reclaim says EAGAIN when it has done what it could. */
    @Override
    public boolean isNonBlocking() {
        return true;
    }

    @Override
    public WaitQueue waitQueue() {
        return file.watchers();
    }
}
