package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import org.jspecify.annotations.Nullable;

/**
 * What shows in place of a kernel interface of the host, or of a directory that the operator does
 * not show: an empty directory that cannot be changed.
 */
@Stateful
final class HiddenDirectory extends Inode implements ListedDirectory {
    private final HostFilesystem filesystem;
    private final long number;

    HiddenDirectory(HostFilesystem filesystem, HostStat stat) {
        this.filesystem = filesystem;
        this.number = numberOf(stat);
    }

    static long numberOf(HostStat stat) {
        return stat.inode ^ Long.rotateLeft(stat.device, 40);
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public int mode() {
        return FileMode.S_IFDIR | 0555;
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
        return new Attributes(
                filesystem.deviceId(),
                number,
                mode(),
                2,
                0,
                0,
                0,
                0,
                4096,
                0,
                0,
                0,
                0,
                Long.MIN_VALUE);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        throw Errno.EROFS.exception();
    }

    @Override
    public @Nullable Inode lookup(String name) {
        return null;
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        return ListedDirectory.listDots(from, number, number, sink);
    }

    @Override
    public void listEntries(FileDescription.DirectorySink sink) {
        // Nothing is shown.
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new HiddenDirectoryStream(this, flags);
    }
}
