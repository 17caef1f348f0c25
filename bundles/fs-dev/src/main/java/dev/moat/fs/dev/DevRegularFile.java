package dev.moat.fs.dev;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;
import dev.moat.api.vfs.SeekableFileUpgrade;

/** An open regular file of a {@code devtmpfs}. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class DevRegularFile extends SeekableFile {
    private final DevRegular file;

    DevRegularFile(DevRegular file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {
        file.closed();
    }

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        long wanted = target.remaining();
        long count = file.pages().read(offset, target);
        return Faults.check(count, wanted, target);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        long wanted = source.remaining();
        long count = file.pages().write(offset, source);
        file.modified();
        return Faults.check(count, wanted, source);
    }

    @Override
    protected long endBytes() {
        return file.pages().sizeBytes();
    }

    @Override
    protected long seekContent(Task task, long offset, int whence) {
        return seekPages(file.pages(), offset, whence);
    }

    @Override
    public Mappable mappable() {
        return file.pages();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        file.truncate(sizeBytes);
    }

    @Override
    public void sync(boolean dataOnly) {}
}
