package dev.moat.fs.cgroup;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open directory. */
@Stateful
final class CgroupDirectoryStream extends DirectoryStream {
    private final CgroupDirectory directory;

    CgroupDirectoryStream(CgroupDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        return directory.list(from, sink);
    }
}
