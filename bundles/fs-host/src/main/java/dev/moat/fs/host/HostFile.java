package dev.moat.fs.host;

import dev.moat.abi.FallocateFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFile;
import dev.moat.api.vfs.SeekableFileUpgrade;

/** An open regular file of the host. The position is kept here, transfers name their offset. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class HostFile extends SeekableFile implements Reopenable {
    private final HostRegular inode;
    private final HostFiles files;

    @HostBound("opened by its path")
    private int fd;

    /** When a checkpoint was written. */
    private SeenFile seen = SeenFile.NEVER;

    /**
     * @param fd owned by this description
     */
    HostFile(HostRegular inode, int fd, int flags) {
        super(flags);
        this.inode = inode;
        this.files = inode.files();
        this.fd = fd;
    }

    int fd() {
        return fd;
    }

    @Override
    public void checkpointing() {
        seen = SeenFile.requireNamed(inode, fd);
    }

    @Override
    public Stage stage() {
        return Stage.FILES;
    }

    @Override
    public void reopen(Restoration restoration) {
        fd = inode.openAgain(HostRegular.hostFlags(flags()));
        seen.requireUnchanged(inode, fd);
    }

    @Override
    protected void closed() {
        inode.closed(this);
        MappedContent content = inode.content();
        if (content != null && isWritable()) {
            content.writeBack();
        }
        files.close(fd);
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        return HostTransfers.read(inode, fd, offset, target);
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        return HostTransfers.write(inode, fd, offset, source);
    }

    @Override
    protected long seekContent(Task task, long offset, int whence) {
        return HostResult.orThrow(files.lseek(fd, offset, whence));
    }

    @Override
    public Mappable mappable() {
        return inode.mappedContent().pages();
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        inode.truncate(fd, sizeBytes);
    }

    @Override
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        HostResult.orThrow(files.allocate(fd, mode, offset, lengthBytes));
        MappedContent content = inode.content();
        if (content == null) {
            return;
        }
        HostStat stat = new HostStat();
        HostResult.orThrow(files.stat(fd, stat));
        if (stat.sizeBytes != content.pages().sizeBytes()) {
            content.pages().truncate(stat.sizeBytes);
        }
        if ((mode & ~FallocateFlags.FALLOC_FL_KEEP_SIZE) != 0) {
            content.pages().drop(0, stat.sizeBytes);
        }
    }

    @Override
    public void sync(boolean dataOnly) {
        MappedContent content = inode.content();
        if (content != null) {
            content.writeBack();
        }
        HostResult.orThrow(files.sync(fd, dataOnly));
    }
}
