package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Signals;
import dev.moat.abi.Winsize;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;

/**
 * A pseudo terminal pair, pty(7). It lives from the opening of the master until both ends are
 * closed; the slave exists in the file system only as long as the master is open. Thread safe.
 * Transfers take and give plain arrays: guest memory is never touched under the lock.
 */
@Stateful
final class Pty {
    /** What the master may write ahead of the line discipline. */
    private static final int PENDING_BYTES = 32 << 10;

    private static final int IN = PollFlags.POLLIN | PollFlags.POLLRDNORM;
    private static final int OUT = PollFlags.POLLOUT | PollFlags.POLLWRNORM;

    private final int number;
    private final JobControl jobs;
    private final WaitQueue masterQueue = new WaitQueue();
    private final WaitQueue slaveQueue = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by lock.
    private final LineDiscipline line = new LineDiscipline();
    private final ByteRing pending = new ByteRing(PENDING_BYTES);
    private Winsize size = new Winsize(0, 0, 0, 0);
    private boolean masterClosed;
    private int slaves;

    /** The last slave was closed, and none opened since: end of file for the master. */
    private boolean slavesGone;

    /** Slaves opened in an earlier generation were hung up. */
    private int generation;

    private boolean locked = true;
    private boolean exclusive;
    private boolean packetMode;

    Pty(Sandbox sandbox, int number) {
        this.number = number;
        this.jobs = new JobControl(sandbox, this);
    }

    int number() {
        return number;
    }

    /** The terminal as sessions see it. */
    JobControl jobs() {
        return jobs;
    }

    WaitQueue masterQueue() {
        return masterQueue;
    }

    WaitQueue slaveQueue() {
        return slaveQueue;
    }

    /**
     * Counts an open slave.
     *
     * @param privileged CAP_SYS_ADMIN: TIOCEXCL does not hold
     * @return its generation
     * @throws dev.moat.abi.ErrnoException EIO while TIOCSPTLCK holds and after the master was
     *     closed; EBUSY
     */
    int openSlave(boolean privileged) {
        lock.lock();
        try {
            if (locked || masterClosed) {
                throw Errno.EIO.exception();
            }
            if (exclusive && slaves > 0 && !privileged) {
                throw Errno.EBUSY.exception();
            }
            slaves++;
            slavesGone = false;
            return generation;
        } finally {
            lock.unlock();
        }
    }

    void closeSlave() {
        lock.lock();
        try {
            if (--slaves == 0) {
                slavesGone = true;
                exclusive = false;
            }
        } finally {
            lock.unlock();
        }
        masterQueue.wakeAll(IN | OUT | PollFlags.POLLHUP);
    }

    /** The master is gone: hangs up for ever. */
    void closeMaster() {
        lock.lock();
        try {
            masterClosed = true;
        } finally {
            lock.unlock();
        }
        hangUp();
    }

    /**
     * Hangs up all open slaves: their session ends, reads give 0, writes EIO. Later opens are new.
     */
    void hangUp() {
        lock.lock();
        try {
            generation++;
            pending.truncate(0);
            line.flushInput();
        } finally {
            lock.unlock();
        }
        jobs.hangUp();
        slaveQueue.wakeAll(IN | OUT | PollFlags.POLLHUP | PollFlags.POLLERR);
    }

    boolean isHungUp(int openedIn) {
        lock.lock();
        try {
            return openedIn != generation;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads what a slave wrote, or in packet mode a control byte and data.
     *
     * @return bytes; -EAGAIN, or -EIO once no slave is open and all is read
     */
    long readMaster(byte[] target, int length) {
        int count = 0;
        lock.lock();
        try {
            if (packetMode && length > 0) {
                if (line.packetStatus() != 0) {
                    target[0] = (byte) line.takePacketStatus();
                    return 1;
                }
                count = 1;
            }
            ByteRing output = line.output().bytes();
            if (output.isEmpty()) {
                return slavesGone ? Errno.EIO.negated() : Errno.EAGAIN.negated();
            }
            if (count == 1) {
                target[0] = Ioctls.TIOCPKT_DATA;
            }
            count += output.poll(target, count, length - count);
            if (!line.output().hasRoom()) {
                return count;
            }
        } finally {
            lock.unlock();
        }
        slaveQueue.wakeAll(OUT);
        return count;
    }

    /** Takes bytes that were typed; gives how many, or -EAGAIN. */
    long writeMaster(byte[] source, int length) {
        int taken;
        lock.lock();
        try {
            taken = pending.offer(source, 0, length);
            pumpLocked();
        } finally {
            lock.unlock();
        }
        afterInput();
        return taken > 0 || length == 0 ? taken : Errno.EAGAIN.negated();
    }

    int pollMaster() {
        lock.lock();
        try {
            int ready = pending.room() > 0 ? OUT : 0;
            if (!line.output().bytes().isEmpty()) {
                ready |= IN;
            }
            if (packetMode && line.packetStatus() != 0) {
                ready |= IN | PollFlags.POLLPRI;
            }
            return slavesGone ? ready | PollFlags.POLLHUP : ready;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads what was typed.
     *
     * @param minimum give less only in canonical mode
     * @return bytes, 0 at the end of file, or -EAGAIN
     */
    long readSlave(byte[] target, int length, int minimum) {
        int count;
        lock.lock();
        try {
            if (!line.isReadable(minimum)) {
                return masterClosed ? Errno.EIO.negated() : Errno.EAGAIN.negated();
            }
            count = line.read(target, length);
            pumpLocked();
        } finally {
            lock.unlock();
        }
        afterInput();
        return count;
    }

    /** Takes a program's output; gives how many bytes, or -EAGAIN. */
    long writeSlave(byte[] source, int length) {
        int taken;
        lock.lock();
        try {
            taken = line.output().write(line.mode(), source, 0, length);
        } finally {
            lock.unlock();
        }
        if (taken > 0) {
            masterQueue.wakeAll(IN);
        }
        return taken > 0 || length == 0 ? taken : Errno.EAGAIN.negated();
    }

    int pollSlave() {
        lock.lock();
        try {
            TerminalMode mode = line.mode();
            int minimum = mode.timeNs() == 0 ? mode.minimum() : 1;
            int ready = line.isReadable(minimum) ? IN : 0;
            ready |= line.output().hasRoom() ? OUT : 0;
            return masterClosed ? ready | PollFlags.POLLHUP : ready;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes ready for a reader of the slave. */
    int readableBytes() {
        lock.lock();
        try {
            return line.readableBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes ready for a reader of the master. */
    int outputBytes() {
        lock.lock();
        try {
            return line.output().bytes().size();
        } finally {
            lock.unlock();
        }
    }

    TerminalMode mode() {
        lock.lock();
        try {
            return line.mode();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes the settings.
     *
     * @param flushInput forget what was typed first (TCSETSF)
     */
    void setMode(TerminalMode mode, boolean flushInput) {
        lock.lock();
        try {
            if (flushInput) {
                forgetInputLocked();
            }
            line.setMode(mode);
            pumpLocked();
        } finally {
            lock.unlock();
        }
        afterInput();
        slaveQueue.wakeAll(IN | OUT);
    }

    /** tcflush(3) on the slave, or of the other direction on the master. */
    void flush(boolean input, boolean output) {
        lock.lock();
        try {
            if (input) {
                forgetInputLocked();
            }
            if (output) {
                line.flushOutput();
            }
        } finally {
            lock.unlock();
        }
        masterQueue.wakeAll(OUT | IN);
        slaveQueue.wakeAll(OUT);
    }

    /** TCOOFF, TCOON. */
    void suspendOutput(boolean suspend) {
        lock.lock();
        try {
            line.suspendOutput(suspend);
        } finally {
            lock.unlock();
        }
        masterQueue.wakeAll(IN);
        slaveQueue.wakeAll(OUT);
    }

    /** Puts a byte into the output as it is: TCIOFF, TCION. */
    void sendToMaster(int c) {
        lock.lock();
        try {
            line.output().bytes().offer(c);
        } finally {
            lock.unlock();
        }
        masterQueue.wakeAll(IN);
    }

    /** TIOCSIG: raises a signal as if its key had been typed. */
    void raise(int signal) {
        lock.lock();
        try {
            line.raise(signal);
        } finally {
            lock.unlock();
        }
        afterInput();
    }

    Winsize size() {
        lock.lock();
        try {
            return size;
        } finally {
            lock.unlock();
        }
    }

    /** Sets the window size; a change is a SIGWINCH for the foreground. */
    void setSize(Winsize newSize) {
        lock.lock();
        try {
            if (size.equals(newSize)) {
                return;
            }
            size = newSize;
        } finally {
            lock.unlock();
        }
        jobs.signalForeground(Signals.SIGWINCH);
    }

    boolean isLocked() {
        lock.lock();
        try {
            return locked;
        } finally {
            lock.unlock();
        }
    }

    void setLocked(boolean value) {
        lock.lock();
        try {
            locked = value;
        } finally {
            lock.unlock();
        }
    }

    boolean isExclusive() {
        lock.lock();
        try {
            return exclusive;
        } finally {
            lock.unlock();
        }
    }

    void setExclusive(boolean value) {
        lock.lock();
        try {
            exclusive = value;
        } finally {
            lock.unlock();
        }
    }

    boolean isPacketMode() {
        lock.lock();
        try {
            return packetMode;
        } finally {
            lock.unlock();
        }
    }

    void setPacketMode(boolean value) {
        lock.lock();
        try {
            if (value && !packetMode) {
                line.takePacketStatus();
            }
            packetMode = value;
        } finally {
            lock.unlock();
        }
    }

    private void forgetInputLocked() {
        pending.truncate(0);
        line.flushInput();
    }

    /** Moves what was typed into the line discipline as far as it takes it. */
    private void pumpLocked() {
        byte[] chunk = new byte[Math.min(pending.size(), InputBuffer.SIZE)];
        while (!pending.isEmpty()) {
            int offered = pending.peek(chunk, 0, chunk.length);
            int taken = line.receive(chunk, 0, offered);
            pending.drop(Math.min(taken, pending.size()));
            if (taken < offered) {
                return;
            }
        }
    }

    /** Sends the signals that input raised and wakes both sides. */
    private void afterInput() {
        long signals;
        boolean readable;
        boolean room;
        lock.lock();
        try {
            signals = line.takeSignals();
            readable = line.isReadable(1);
            room = line.output().hasRoom();
        } finally {
            lock.unlock();
        }
        for (int signal = 1; signal < Long.SIZE && signals != 0; signal++) {
            if ((signals >>> signal & 1) != 0) {
                jobs.signalForeground(signal);
            }
        }
        masterQueue.wakeAll(IN | OUT);
        slaveQueue.wakeAll((readable ? IN : 0) | (room ? OUT : 0));
    }
}
