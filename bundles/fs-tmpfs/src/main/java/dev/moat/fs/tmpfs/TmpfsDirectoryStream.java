package dev.moat.fs.tmpfs;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.DirectoryStream;
import dev.moat.api.vfs.Inode;

/**
 * An open directory. Behind the two entries that every directory has, positions are the cookies of
 * entries.
 */
@Stateful
final class TmpfsDirectoryStream extends DirectoryStream {
    private final TmpfsDirectory directory;

    TmpfsDirectoryStream(TmpfsDirectory directory, int flags) {
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
        if (from == 0 && !sink.entry(".", directory.number(), FileMode.DT_DIR, 1)) {
            return 0;
        }
        if (from <= 1 && !sink.entry("..", directory.parentNumber(), FileMode.DT_DIR, 2)) {
            return 1;
        }
        return directory.list(Math.max(from, 2), sink);
    }
}
