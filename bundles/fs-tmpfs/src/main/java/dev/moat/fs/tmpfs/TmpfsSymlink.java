package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A symbolic link. */
@Stateful
final class TmpfsSymlink extends TmpfsInode {
    private final String target;

    TmpfsSymlink(TmpfsFilesystem filesystem, String target, Owner owner) {
        super(filesystem, FileMode.S_IFLNK | 0777, owner);
        this.target = target;
        boolean held = false;
        try {
            hold(target.length(), Errno.ENOMEM);
            held = true;
        } finally {
            if (!held) {
                filesystem.inodeGone(this);
            }
        }
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

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ELOOP.exception();
    }
}
