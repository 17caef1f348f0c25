package dev.moat.fs.host;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/** An open {@link HiddenDirectory}: nothing but the two entries that every directory has. */
@Stateful
final class HiddenDirectoryStream extends DirectoryStream {
    private static final int DT_DIR = 4;

    private final HiddenDirectory directory;

    HiddenDirectoryStream(HiddenDirectory directory, int flags) {
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
        if (from == 0 && !sink.entry(".", directory.number(), DT_DIR, 1)) {
            return 0;
        }
        return from <= 1 && !sink.entry("..", directory.number(), DT_DIR, 2) ? 1 : 2;
    }
}
