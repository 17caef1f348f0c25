package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessFilesystem;

/**
 * The inode of an adopted host descriptor: type and size are the host's, its owner is not changed
 * by guests.
 */
@Stateful
final class HostDescriptorInode extends Inode {
    private static final long NS = 1_000_000_000L;

    private static final NamelessFilesystem DESCRIPTORS =
            new NamelessFilesystem("host descriptors", FsMagic.PIPEFS_MAGIC, 1);

    private final HostFiles files;
    private final ReadinessWatcher watcher;
    private final int standardStream;

    /** Borrowed of the description, as the two below: what it leads to. */
    @HostBound("by the description")
    private int fd;

    @HostBound("by the description")
    private int mode;

    @HostBound("by the description")
    private long number;

    HostDescriptorInode(
            HostFiles files, ReadinessWatcher watcher, int standardStream, int fd, HostStat stat) {
        this.files = files;
        this.watcher = watcher;
        this.standardStream = standardStream;
        reopened(fd, stat);
    }

    /** The description has got another descriptor. */
    void reopened(int newFd, HostStat stat) {
        fd = newFd;
        mode = stat.mode;
        number = stat.inode;
    }

    @Override
    public Filesystem filesystem() {
        return DESCRIPTORS;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public int mode() {
        return mode;
    }

    @Override
    public int uid() {
        return 0;
    }

    @Override
    public int gid() {
        return 0;
    }

    @Override
    public Attributes attributes() {
        HostStat stat = new HostStat();
        HostResult.orThrow(files.stat(fd, stat));
        return new Attributes(
                DESCRIPTORS.deviceId(),
                number,
                stat.mode,
                stat.linkCount,
                0,
                0,
                stat.rawDevice,
                stat.sizeBytes,
                stat.blockSizeBytes,
                stat.blocks,
                stat.accessTimeSeconds * NS + stat.accessTimeNanos,
                stat.modifyTimeSeconds * NS + stat.modifyTimeNanos,
                stat.changeTimeSeconds * NS + stat.changeTimeNanos,
                Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        throw Errno.EPERM.exception();
    }

    @Override
    public void truncate(long sizeBytes) {
        HostResult.orThrow(files.truncate(fd, sizeBytes));
    }

    /** Through /proc/self/fd/N: another description of the same host file. */
    @Override
    public FileDescription open(Task task, int flags) {
        int copy = HostResult.orThrow(files.duplicate(fd));
        return HostDescriptorFile.open(
                task.sandbox(),
                files,
                watcher,
                standardStream,
                copy,
                flags & (OpenFlags.O_ACCMODE | OpenFlags.O_NONBLOCK));
    }
}
