package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.TOSTOP;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Signals;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/**
 * An open terminal: {@code /dev/pts/N}, {@code /dev/tty} or {@code /dev/console}. A read that VTIME
 * limits waits by itself; all other waiting is the VFS'.
 */
@Stateful
final class SlaveFile extends FileDescription {
    private static final int HUNG_UP =
            PollFlags.POLLIN
                    | PollFlags.POLLOUT
                    | PollFlags.POLLERR
                    | PollFlags.POLLHUP
                    | PollFlags.POLLRDNORM
                    | PollFlags.POLLWRNORM;

    private final Inode node;
    private final Pty pty;
    private final int generation;

    private SlaveFile(Inode node, Pty pty, int generation, int flags) {
        super(flags);
        this.node = node;
        this.pty = pty;
        this.generation = generation;
    }

    /**
     * Opens a terminal.
     *
     * @param node what fstat(2) shows
     * @throws dev.moat.abi.ErrnoException see {@link Pty#openSlave}
     */
    static SlaveFile open(Inode node, Pty pty, int flags, boolean privileged) {
        return new SlaveFile(node, pty, pty.openSlave(privileged), flags);
    }

    Pty pty() {
        return pty;
    }

    @Override
    protected void closed() {
        pty.closeSlave();
    }

    @Override
    public Inode inode() {
        return node;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (isHungUp() || target.remaining() == 0) {
            return 0;
        }
        long refused = pty.jobs().check(task, Signals.SIGTTIN);
        if (refused != 0) {
            return refused;
        }
        TerminalMode mode = pty.mode();
        if (mode.canonical()) {
            return Transfers.read(target, (bytes, length) -> pty.readSlave(bytes, length, 1));
        }
        return readRaw(task, target, mode);
    }

    /** The four cases of VMIN and VTIME, termios(3). */
    private long readRaw(Task task, IoBuffer target, TerminalMode mode) {
        int wanted = (int) Math.min(mode.minimum(), target.remaining());
        if (mode.timeNs() > 0 && !isNonBlocking()) {
            return readTimed(task, target, wanted, mode.timeNs());
        }
        int minimum = isNonBlocking() ? 1 : Math.max(1, wanted);
        long count =
                Transfers.read(target, (bytes, length) -> pty.readSlave(bytes, length, minimum));
        boolean noWait = wanted == 0 && mode.timeNs() == 0;
        return count == Errno.EAGAIN.negated() && noWait ? 0 : count;
    }

    /** Never gives -EAGAIN, so that nobody waits a second time. */
    private long readTimed(Task task, IoBuffer target, int wanted, long timeNs) {
        long interrupted = waitForMore(task, 0, wanted == 0 ? timeNs : Blocker.FOREVER);
        if (interrupted != 0) {
            return interrupted;
        }
        if (wanted > 0) {
            waitBetweenBytes(task, wanted, timeNs);
        }
        long count = Transfers.read(target, (bytes, length) -> pty.readSlave(bytes, length, 1));
        return count == Errno.EAGAIN.negated() ? 0 : count;
    }

    /** Waits until {@code wanted} bytes are there or none came for some time. */
    private void waitBetweenBytes(Task task, int wanted, long timeNs) {
        int have = pty.readableBytes();
        while (have < wanted && waitForMore(task, have, timeNs) == 0) {
            int now = pty.readableBytes();
            if (now == have) {
                return;
            }
            have = now;
        }
    }

    /** Waits for more than {@code have} bytes; 0 also when the time is over, or -ERESTARTSYS. */
    private long waitForMore(Task task, int have, long timeNs) {
        long deadlineNs = task.resumption().deadlineAfter(task, timeNs);
        Blocker.Outcome outcome =
                task.blocker()
                        .block(
                                pty.slaveQueue(),
                                () -> pty.readableBytes() > have || isHungUp(),
                                deadlineNs);
        return outcome == Blocker.Outcome.INTERRUPTED ? -Restart.ERESTARTSYS : 0;
    }

    @Override
    public boolean writesAll() {
        return true;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        if (isHungUp()) {
            return Errno.EIO.negated();
        }
        if (pty.mode().local(TOSTOP)) {
            long refused = pty.jobs().check(task, Signals.SIGTTOU);
            if (refused != 0) {
                return refused;
            }
        }
        return Transfers.write(source, pty::writeSlave);
    }

    @Override
    public int readiness() {
        return isHungUp() ? HUNG_UP : pty.pollSlave();
    }

    @Override
    public WaitQueue waitQueue() {
        return pty.slaveQueue();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (isHungUp()) {
            throw (command == Ioctls.TIOCSPGRP ? Errno.ENOTTY : Errno.EIO).exception();
        }
        return SlaveCalls.ioctl(this, task, command, argument);
    }

    private boolean isHungUp() {
        return pty.isHungUp(generation);
    }
}
