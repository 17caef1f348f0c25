package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/**
 * The master of a pseudo terminal: an open {@code ptmx}. Closing it hangs up and removes the slave.
 */
@Stateful
final class MasterFile extends FileDescription {
    private final DevptsFilesystem devpts;
    private final Inode node;
    private final Pty pty;

    MasterFile(DevptsFilesystem devpts, Inode node, Pty pty, int flags) {
        super(flags);
        this.devpts = devpts;
        this.node = node;
        this.pty = pty;
    }

    Pty pty() {
        return pty;
    }

    DevptsFilesystem devpts() {
        return devpts;
    }

    @Override
    protected void closed() {
        devpts.remove(pty);
        pty.closeMaster();
    }

    @Override
    public Inode inode() {
        return node;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return Transfers.read(target, pty::readMaster);
    }

    @Override
    public boolean writesAll() {
        return true;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return Transfers.write(source, pty::writeMaster);
    }

    @Override
    public int readiness() {
        return pty.pollMaster();
    }

    @Override
    public WaitQueue waitQueue() {
        return pty.masterQueue();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return MasterCalls.ioctl(this, task, command, argument);
    }

    @Override
    public String describeExtra() {
        return "tty-index:\t" + pty.number() + "\n";
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        throw Errno.EINVAL.exception();
    }
}
