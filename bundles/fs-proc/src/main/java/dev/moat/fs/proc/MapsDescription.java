package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.GeneratedFile;
import dev.moat.api.vfs.Inode;
import java.nio.charset.StandardCharsets;

/** An open {@code /proc/pid/maps}: the address space that the process had when it was opened. */
@Stateful
final class MapsDescription extends GeneratedFile {
    private final MapsInode inode;
    private final MemoryManager memory;

    MapsDescription(MapsInode inode, MemoryManager memory, int flags) {
        super(flags);
        this.inode = inode;
        this.memory = memory;
    }

    @Override
    protected void closed() {
        // The address space is not kept alive: once its last task is gone, there are no lines.
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    protected byte[] text(Task reader) {
        inode.checkAlive();
        return memory.users() == 0
                ? new byte[0]
                : MapsText.lines(reader, memory.collectVmas())
                        .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** seq_lseek() knows no end. */
    @Override
    protected long endBytes() {
        throw Errno.EINVAL.exception();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command != AreaQuery.COMMAND) {
            throw Errno.ENOTTY.exception();
        }
        return new AreaQuery(task, argument).answer(memory);
    }
}
