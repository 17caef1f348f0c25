package dev.moat.fs.sys;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open directory. */
@Stateful
final class SysDirectoryStream extends DirectoryStream {
    private final SysDirectory directory;

    SysDirectoryStream(SysDirectory directory, int flags) {
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
