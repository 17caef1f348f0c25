package dev.moat.example.tally;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** The open directory. */
@Stateful
final class TallyDirectoryStream extends DirectoryStream {
    private final TallyDirectory directory;

    TallyDirectoryStream(TallyDirectory directory, int flags) {
        super(flags);
        this.directory = directory;
    }

    @Override
    public Inode inode() {
        return directory;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    protected long list(Task task, long from, DirectorySink sink) {
        return directory.list(from, sink);
    }
}
