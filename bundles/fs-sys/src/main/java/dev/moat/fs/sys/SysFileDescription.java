package dev.moat.fs.sys;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.SeekableFileUpgrade;

/** An open file. */
@Stateful(version = 2, upgrade = SeekableFileUpgrade.class)
final class SysFileDescription extends GeneratedFile {
    private final SysFile file;

    SysFileDescription(SysFile file, int flags) {
        super(flags);
        this.file = file;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return file;
    }

    @Override
    protected byte[] text(Task reader) {
        return file.content();
    }
}
