package dev.moat.fs.dev.terminal;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.fs.dev.inode.MemoryInode;

/** {@code ptmx} of a devpts: each open makes a terminal. */
@Stateful
final class MultiplexerNode extends MemoryInode {
    private static final long NUMBER = 2;

    private final DevptsFilesystem filesystem;

    MultiplexerNode(DevptsFilesystem filesystem, Clock clock, int permissions) {
        super(clock, NUMBER, FileMode.S_IFCHR | permissions, new Owner(0, 0));
        this.filesystem = filesystem;
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    protected long rdev() {
        return DeviceNumbers.make(TerminalDevices.MAJOR, TerminalDevices.MULTIPLEXER);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return filesystem.openMaster(task, this, flags);
    }
}
