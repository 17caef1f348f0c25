package dev.moat.vfs.pipe;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.anon.AnonymousInode;
import java.util.concurrent.atomic.AtomicReference;

/** An open end of a pipe or fifo. */
@Stateful
public final class PipeFile extends FileDescription {
    /** No count of opens: the peer was there. */
    private static final int PRESENT = -1;

    private final Pipe pipe;
    private final Inode inode;
    private final int access;

    /** How often peers had come when this end was opened, or {@link #PRESENT}. */
    private final int readersAtOpen;

    private final int writersAtOpen;

    /**
     * Opens an end.
     *
     * @throws dev.moat.abi.ErrnoException ENXIO for a fifo opened for writing with O_NONBLOCK
     *     without readers; ENOMEM, ENFILE: see {@link #pair}
     */
    public static PipeFile open(Inode inode, int flags) {
        Pipe pipe = of(inode);
        int access = flags & OpenFlags.O_ACCMODE;
        if (access == OpenFlags.O_ACCMODE) {
            throw Errno.EINVAL.exception();
        }
        if (isFifo(inode)
                && access == OpenFlags.O_WRONLY
                && (flags & OpenFlags.O_NONBLOCK) != 0
                && !pipe.hasReaders()) {
            throw Errno.ENXIO.exception();
        }
        return new PipeFile(pipe, inode, flags, access);
    }

    /**
     * Ends of a fresh pipe; neither waits for the other.
     *
     * @throws dev.moat.abi.ErrnoException ENFILE: the caller's user has too many pipes; ENOMEM
     */
    public static PipeFile[] pair(Inode inode, int flags) {
        Pipe pipe = of(inode);
        // O_DIRECT is the writer's: create_pipe_files().
        int reading = flags & ~OpenFlags.O_DIRECT | OpenFlags.O_RDONLY;
        PipeFile reader = new PipeFile(pipe, inode, reading, OpenFlags.O_RDONLY);
        return new PipeFile[] {
            reader, new PipeFile(pipe, inode, flags | OpenFlags.O_WRONLY, OpenFlags.O_WRONLY)
        };
    }

    /** Whether it has a name: only then an open waits for its peer, fifo_open(). */
    private static boolean isFifo(Inode inode) {
        return !(inode instanceof AnonymousInode);
    }

    private static Pipe of(Inode inode) {
        AtomicReference<Object> slot = inode.extras().endpoint();
        if (slot.get() == null) {
            slot.compareAndSet(null, new Pipe());
        }
        return (Pipe) slot.get();
    }

    private PipeFile(Pipe pipe, Inode inode, int flags, int access) {
        super(flags);
        this.pipe = pipe;
        this.inode = inode;
        this.access = access;
        this.readersAtOpen = !isFifo(inode) || pipe.hasReaders() ? PRESENT : pipe.readersEver();
        this.writersAtOpen = !isFifo(inode) || pipe.hasWriters() ? PRESENT : pipe.writersEver();
        pipe.opened(access);
    }

    public Pipe pipe() {
        return pipe;
    }

    /** Whether a blocking open(2) of a fifo has to wait for the other side still. */
    public boolean awaitsPeer() {
        return switch (access) {
            case OpenFlags.O_RDONLY -> !pipe.hasWriters() && pipe.writersEver() == writersAtOpen;
            case OpenFlags.O_WRONLY -> !pipe.hasReaders() && pipe.readersEver() == readersAtOpen;
            default -> false;
        };
    }

    @Override
    protected void closed() {
        pipe.closed(access);
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "pipe:[" + inode.number() + "]";
    }

    @Override
    public long read(Task task, IoBuffer target) {
        return pipe.read(target);
    }

    @Override
    public boolean writesAll() {
        return true;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return pipe.write(source, (flags() & OpenFlags.O_DIRECT) != 0);
    }

    @Override
    public int readiness() {
        return pipe.readiness(access, access == OpenFlags.O_RDONLY ? writersAtOpen : -1);
    }

    @Override
    public WaitQueue waitQueue() {
        return pipe.queue(access);
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command != Ioctls.FIONREAD) {
            throw Errno.ENOTTY.exception();
        }
        task.user().writeInt(argument, pipe.count());
        return 0;
    }
}
