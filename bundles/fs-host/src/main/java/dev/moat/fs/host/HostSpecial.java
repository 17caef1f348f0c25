package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/**
 * A symbolic link, fifo, socket or device node of the host. Links are read; the others show in
 * stat(2) but lead to nothing of the host: fifos and sockets are the sandbox' own, a device node
 * has no driver behind it.
 */
@Stateful
final class HostSpecial extends HostInode {
    HostSpecial(
            HostFilesystem filesystem, @Nullable HostDirectory parent, String name, HostStat stat) {
        super(filesystem, parent, name, stat);
    }

    @Override
    public String readSymlink(Task task) {
        return readSymlinkContent();
    }

    @Override
    public String readSymlinkContent() {
        if (!FileMode.S_ISLNK(mode())) {
            throw Errno.EINVAL.exception();
        }
        HostDirectory directory = parent();
        if (directory == null) {
            throw Errno.EINVAL.exception();
        }
        String[] target = new String[1];
        int fd = host().handles().acquire(directory);
        try {
            HostResult.orThrow(files().readLink(fd, name(), target));
        } finally {
            host().handles().release(directory);
        }
        return target[0];
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw (FileMode.S_ISLNK(mode()) ? Errno.ELOOP : Errno.ENXIO).exception();
    }
}
