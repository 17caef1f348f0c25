package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/**
 * A device node, fifo or socket file. Fifos and sockets are opened by the VFS and the network,
 * never here.
 */
@Stateful
final class DevNode extends DevInode {
    private final long rdev;

    DevNode(DevFilesystem filesystem, int mode, long rdev, Owner owner) {
        super(filesystem, mode, owner);
        this.rdev = rdev;
    }

    @Override
    protected long rdev() {
        return rdev;
    }

    /**
     * Asked only when no driver serves the number: ENXIO. Block devices do not exist in a sandbox.
     */
    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
