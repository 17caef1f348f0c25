package dev.moat.fs.dev;

import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;

/**
 * {@code /dev/zero}: zeros to readers, takes what is written; each mapping is fresh anonymous
 * memory.
 */
@Stateful
final class ZeroFile extends MemoryDeviceFile {
    private final Sandbox sandbox;

    ZeroFile(Sandbox sandbox, Inode node, int flags) {
        super(node, flags);
        this.sandbox = sandbox;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return fillWithZeros(task, target);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return discard(source);
    }

    @Override
    public Mappable mappable() {
        return new ZeroMemory(sandbox.memory());
    }
}
