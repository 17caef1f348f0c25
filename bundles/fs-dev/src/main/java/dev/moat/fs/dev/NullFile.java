package dev.moat.fs.dev;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;

/** {@code /dev/null}: empty to readers, takes what is written. */
@Stateful
final class NullFile extends MemoryDeviceFile {
    NullFile(Inode node, int flags) {
        super(node, flags);
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return 0;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return discard(source);
    }
}
