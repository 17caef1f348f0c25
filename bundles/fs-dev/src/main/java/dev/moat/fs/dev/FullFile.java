package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;

/** {@code /dev/full}: zeros to readers, never room for writers (ENOSPC). */
@Stateful
final class FullFile extends MemoryDeviceFile {
    FullFile(Inode node, int flags) {
        super(node, flags);
    }

    @Override
    public boolean takesSplices() {
        return false;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return fillWithZeros(task, target);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        throw Errno.ENOSPC.exception();
    }
}
