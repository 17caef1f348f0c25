package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFileUpgrade;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An open file of proc. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class ProcFileDescription extends GeneratedFile {
    /** Longest value that can be written, as proc handlers of Linux take one page. */
    private static final int MAX_WRITE_BYTES = 4096;

    private final ProcFile file;

    /** Who opened it; null in what was written before this was kept. */
    private final @Nullable Credentials opener;

    ProcFileDescription(ProcFile file, int flags, Credentials opener) {
        super(flags);
        this.file = file;
        this.opener = opener;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public boolean givesSplices() {
        return file.givesSplices();
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    protected byte[] text(Task reader) {
        return file.render(reader).getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return writeAt(task, source, position());
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        long length = source.remaining();
        if (length > MAX_WRITE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] value = new byte[(int) length];
        long count = source.get(MemorySegment.ofArray(value), 0, length);
        if (source.faulted()) {
            throw Errno.EFAULT.exception();
        }
        return file.take(
                new Written(
                        task,
                        opener == null ? task.credentials() : opener,
                        new String(value, 0, (int) count, StandardCharsets.ISO_8859_1),
                        offset));
    }

    @Override
    protected long endBytes() {
        return file.endBytes();
    }
}
