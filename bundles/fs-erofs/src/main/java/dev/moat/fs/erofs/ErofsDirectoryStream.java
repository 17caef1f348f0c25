package dev.moat.fs.erofs;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open directory of an image: a position is a block and an entry of it. */
@Stateful
final class ErofsDirectoryStream extends DirectoryStream {
    private final ErofsDirectory directory;

    ErofsDirectoryStream(ErofsDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        return directory.list(from, sink);
    }
}
