package dev.moat.fs.host;

import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open {@link HiddenDirectory}: nothing but the two entries that every directory has. */
final class HiddenDirectoryStream extends FileDescription {
    private static final int DT_DIR = 4;

    private final HiddenDirectory directory;

    /** Entries given so far; racing readers may see one twice, as on Linux without f_pos_lock. */
    private volatile int given;

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
    public void readDirectory(Task task, DirectorySink sink) {
        if (given == 0 && sink.entry(".", directory.number(), DT_DIR, 1)) {
            given = 1;
        }
        if (given == 1 && sink.entry("..", directory.number(), DT_DIR, 2)) {
            given = 2;
        }
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        given = Math.clamp(offset, 0, 2);
        return given;
    }
}
