package dev.moat.fs.dev.terminal;

import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.fs.dev.inode.MemoryInode;

/** {@code /dev/pts/N}. */
@Stateful
final class TerminalNode extends MemoryInode {
    /** Behind the root and ptmx, as on Linux. */
    private static final long FIRST_NUMBER = 3;

    private final DevptsFilesystem filesystem;
    private final Pty pty;

    TerminalNode(DevptsFilesystem filesystem, Clock clock, Pty pty, int permissions, Owner owner) {
        super(clock, FIRST_NUMBER + pty.number(), FileMode.S_IFCHR | permissions, owner);
        this.filesystem = filesystem;
        this.pty = pty;
    }

    Pty pty() {
        return pty;
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    protected long rdev() {
        return pty.jobs().device();
    }

    /** Without O_NOCTTY it becomes the controlling terminal of a session leader that has none. */
    @Override
    public FileDescription open(Task task, int flags) {
        SlaveFile slave = DevptsFilesystem.openSlave(task, this, pty, flags);
        if ((flags & OpenFlags.O_NOCTTY) == 0 && slave.isReadable()) {
            pty.jobs().acquireOnOpen(task);
        }
        return slave;
    }
}
