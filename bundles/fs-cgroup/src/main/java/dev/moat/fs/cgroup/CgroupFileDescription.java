package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFileUpgrade;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** An open file: each write is a command. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class CgroupFileDescription extends GeneratedFile {
    private static final int PAGE_BYTES = 4096;
    private static final int READY = 0x1 | 0x4 | 0x40 | 0x100;
    private static final int CHANGED = READY | 0x2 | 0x8;

    private final CgroupFile file;

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
    protected byte[] text(Task reader) {
        seen = file.changes();
        return file.content(reader);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long count = writeAt(task, source, 0);
        advance(count);
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
