package dev.moat.fs.dev;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open directory of a {@code devtmpfs}. */
@Stateful
final class DevDirectoryStream extends DirectoryStream {
    private final DevDirectory directory;

    DevDirectoryStream(DevDirectory directory, int flags) {
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
