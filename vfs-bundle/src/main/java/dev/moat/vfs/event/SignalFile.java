package dev.moat.vfs.event;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.SignalfdSiginfo;
import dev.moat.abi.Signals;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/** signalfd(2): the pending signals of whoever reads. */
@Stateful
public final class SignalFile extends FileDescription {
    private static final int IN = PollFlags.POLLIN;

    /** SIGKILL and SIGSTOP never come here. */
    private static final long NEVER = bit(Signals.SIGKILL) | bit(Signals.SIGSTOP);

    private final Inode inode;

    /** Who made it: asked where nobody in particular asks. */
    private final Task maker;

    /** Replaced by a later signalfd4(2) on the same descriptor. */
    private volatile long mask;

    public SignalFile(Inode inode, Task maker, long mask, int flags) {
        super(flags);
        this.inode = inode;
        this.maker = maker;
        this.mask = mask & ~NEVER;
    }

    private static long bit(int signal) {
        return 1L << signal - 1;
    }

    public void setMask(long mask) {
        this.mask = mask & ~NEVER;
        maker.signals().arrivals().wakeAll(IN);
    }

    @Override
    public boolean hasWrite() {
        return false;
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    @Override
    protected void closed() {
        // Nothing is held.
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        // noop_llseek(): the position stays where it is.
        return 0;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[signalfd]";
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (target.remaining() < SignalfdSiginfo.SIZE) {
            throw Errno.EINVAL.exception();
        }
        long moved = 0;
        while (target.remaining() >= SignalfdSiginfo.SIZE) {
            SigInfo info = task.signals().dequeue(mask);
            if (info == null) {
                break;
            }
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) SignalfdSiginfo.SIZE]);
            shown(info).writeTo(bytes, 0);
            if (target.put(bytes, 0, SignalfdSiginfo.SIZE) < SignalfdSiginfo.SIZE) {
                return moved > 0 ? moved : Errno.EFAULT.negated();
            }
            moved += SignalfdSiginfo.SIZE;
        }
        return moved > 0 ? moved : Errno.EAGAIN.negated();
    }

    /** What applies depends on who sent it: signalfd_copyinfo(). */
    private static SignalfdSiginfo shown(SigInfo info) {
        boolean child = info.signal() == Signals.SIGCHLD && info.code() > 0;
        boolean timer = info.code() == SignalCodes.SI_TIMER;
        boolean io = info.signal() == Signals.SIGIO && info.code() > 0;
        boolean fault =
                info.code() > 0
                        && info.code() != SignalCodes.SI_KERNEL
                        && (info.signal() == Signals.SIGSEGV
                                || info.signal() == Signals.SIGBUS
                                || info.signal() == Signals.SIGILL
                                || info.signal() == Signals.SIGFPE
                                || info.signal() == Signals.SIGTRAP);
        boolean sender = !timer && !io && !fault;
        boolean value =
                info.code() == SignalCodes.SI_QUEUE || timer || info.code() == SignalCodes.SI_MESGQ;
        return new SignalfdSiginfo(
                info.signal(),
                info.errno(),
                info.code(),
                sender ? info.pid() : 0,
                sender ? info.uid() : 0,
                io ? info.fd() : 0,
                timer ? info.timerId() : 0,
                io ? (int) info.band() : 0,
                timer ? info.overrun() : 0,
                0,
                child ? info.status() : 0,
                value ? (int) info.value() : 0,
                value ? info.value() : 0,
                child ? info.userTicks() : 0,
                child ? info.systemTicks() : 0,
                fault ? info.address() : 0,
                0,
                0,
                0,
                0);
    }

    @Override
    public int readiness(Task task) {
        return (task.signals().pending() & mask) != 0 ? IN : 0;
    }

    @Override
    public int readiness() {
        return readiness(maker);
    }

    @Override
    public WaitQueue waitQueue(Task task) {
        return task.signals().arrivals();
    }

    @Override
    public WaitQueue waitQueue() {
        return waitQueue(maker);
    }

    @Override
    public String describeExtra() {
        return "sigmask:\t%016x\n".formatted(mask);
    }
}
