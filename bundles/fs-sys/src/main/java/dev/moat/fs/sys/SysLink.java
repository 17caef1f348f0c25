package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A symbolic link. */
@Stateful
final class SysLink extends SysInode {
    private final String target;

    SysLink(SysFilesystem filesystem, String target) {
        super(filesystem, FileMode.S_IFLNK | 0777);
        this.target = target;
    }

    @Override
    long sizeBytes() {
        return target.length();
    }

    @Override
    public String readSymlink(Task task) {
        return target;
    }

    @Override
    public String readSymlinkContent() {
        return target;
    }

    /** open(2) of a link itself, O_NOFOLLOW: ELOOP. */
    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ELOOP.exception();
    }
}
