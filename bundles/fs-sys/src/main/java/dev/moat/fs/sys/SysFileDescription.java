package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFileUpgrade;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** An open file. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class SysFileDescription extends GeneratedFile {
    /** A page is the most that an attribute takes: kernfs_fop_write_iter(). */
    private static final int MOST_BYTES = 4095;

    private final SysFile file;

    SysFileDescription(SysFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return file;
    }

    /** All that is written at once is one value, wherever it is written. */
    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        int length = (int) Math.min(source.remaining(), MOST_BYTES);
        byte[] bytes = new byte[length];
        long moved = source.get(MemorySegment.ofArray(bytes), 0, length);
        if (moved == 0) {
            return source.faulted() ? Errno.EFAULT.negated() : 0;
        }
        file.accept(new String(bytes, 0, (int) moved, StandardCharsets.ISO_8859_1));
        return moved;
    }

    @Override
    protected byte[] text(Task reader) {
        return file.content();
    }
}
