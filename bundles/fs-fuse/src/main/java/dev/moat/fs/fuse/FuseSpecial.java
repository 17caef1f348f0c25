package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A symbolic link, fifo, socket or device node of a server. */
@Stateful
final class FuseSpecial extends FuseInode {
    /** A target fills no more than a page with its zero byte: fuse_readlink_page(). */
    private static final int MOST_TARGET_BYTES = 4095;

    FuseSpecial(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        super(filesystem, entry, attributes);
    }

    @Override
    public String readSymlink(Task task) {
        return readSymlinkContent();
    }

    /** EIO for a target that cannot be one. */
    @Override
    public String readSymlinkContent() {
        if (!FileMode.S_ISLNK(mode())) {
            throw Errno.EINVAL.exception();
        }
        server().checkAdmits();
        Answer answer =
                call(FuseRequest.upTo(Fuse.FUSE_READLINK, node(), new Body(), MOST_TARGET_BYTES));
        String target = FuseNames.text(answer.slice(0, answer.size()));
        if (target.indexOf('\0') >= 0) {
            throw Errno.EIO.exception();
        }
        return target;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw (FileMode.S_ISLNK(mode()) ? Errno.ELOOP : Errno.ENXIO).exception();
    }
}
