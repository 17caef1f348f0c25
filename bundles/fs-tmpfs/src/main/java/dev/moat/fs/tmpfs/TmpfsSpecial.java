package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;

/** A fifo, socket or device node: a name with a type; what opens is the business of others. */
@Stateful
final class TmpfsSpecial extends TmpfsInode {
    private final long device;

    TmpfsSpecial(TmpfsFilesystem filesystem, int mode, long device, Owner owner) {
        super(filesystem, mode, owner);
        this.device = device;
    }

    @Override
    long deviceNumber() {
        return device;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.ENXIO.exception();
    }
}
