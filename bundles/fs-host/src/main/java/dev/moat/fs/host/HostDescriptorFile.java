package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Suspendable;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A host descriptor that the operator gave: standard input and output of the first process. The
 * host's open file may be shared with other processes, so its flags are never changed: a transfer
 * is tried only when poll(2) says that it will not block.
 */
@Stateful
final class HostDescriptorFile extends FileDescription implements Suspendable, Reopenable {
    private static final int CHUNK_BYTES = 64 << 10;

    /** A pipe that polls writable takes this much without blocking, pipe(7). */
    private static final int PIPE_BUF = 4096;

    private final Sandbox sandbox;
    private final HostFiles files;
    private final ReadinessWatcher watcher;

    /** Which standard stream of the sandbox it is: how it is found in another kernel host. */
    private final int standardStream;

    @HostBound("that of the restorer's standard stream")
    private int fd;

    private final HostDescriptorInode inode;

    private final WaitQueue waitQueue = new WaitQueue();

    /** Events to watch for again. Touched at the safe point, and while the watcher tells some. */
    private int pausedEvents;

    private HostDescriptorFile(
            Sandbox sandbox,
            HostFiles files,
            ReadinessWatcher watcher,
            int standardStream,
            int fd,
            int flags,
            HostDescriptorInode inode) {
        super(flags);
        this.sandbox = sandbox;
        this.files = files;
        this.watcher = watcher;
        this.standardStream = standardStream;
        this.fd = fd;
        this.inode = inode;
    }

    /**
     * @param fd owned by the new description
     */
    static HostDescriptorFile open(
            Sandbox sandbox,
            HostFiles files,
            ReadinessWatcher watcher,
            int standardStream,
            int fd,
            int flags) {
        HostStat stat = new HostStat();
        int result = files.stat(fd, stat);
        if (HostResult.failed(result)) {
            files.close(fd);
            HostResult.orThrow(result);
        }
        HostDescriptorFile file =
                new HostDescriptorFile(
                        sandbox,
                        files,
                        watcher,
                        standardStream,
                        fd,
                        flags,
                        new HostDescriptorInode(files, watcher, standardStream, fd, stat));
        sandbox.safePoint().addSuspendable(file);
        return file;
    }

    /** The restorer's descriptor; it may be of another kind than the one that was written. */
    @Override
    public void reopen(Restoration restoration) {
        fd = HostResult.orThrow(files.duplicate(restoration.standardStream(standardStream)));
        HostStat stat = new HostStat();
        HostResult.orThrow(files.stat(fd, stat));
        inode.reopened(fd, stat);
    }

    int fd() {
        return fd;
    }

    /** The watcher's thread is everybody's: it lets go of this file. */
    @Override
    public void suspend() {
        pausedEvents |= watcher.pause(this);
    }

    @Override
    public void resume() {
        if (pausedEvents != 0) {
            watcher.watch(this, pausedEvents);
            pausedEvents = 0;
        }
    }

    void becameReady(int events) {
        waitQueue.wakeAll(events);
    }

    /** A waiter has thrown; if that is being undone it is told again after the safe point. */
    void failedToTell(int events, Throwable bug) {
        if (sandbox.bugs().isUndone(bug)) {
            pausedEvents |= events;
            return;
        }
        sandbox.log("kernel bug in who waits for a host descriptor: " + bug);
    }

    @Override
    protected void closed() {
        sandbox.safePoint().removeSuspendable(this);
        watcher.forget(this);
        files.close(fd);
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return switch (inode.mode() & FileMode.S_IFMT) {
            case FileMode.S_IFIFO -> "pipe:[" + inode.number() + "]";
            case FileMode.S_IFSOCK -> "socket:[" + inode.number() + "]";
            default -> "host:[" + inode.number() + "]";
        };
    }

    @Override
    public long read(Task task, IoBuffer target) {
        if (!isReady(PollFlags.POLLIN)) {
            return Errno.EAGAIN.negated();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bounce = arena.allocate(Math.clamp(target.remaining(), 1, CHUNK_BYTES));
            long count =
                    HostResult.orThrow(
                            files.read(
                                    fd,
                                    bounce.asSlice(
                                            0, Math.min(bounce.byteSize(), target.remaining()))));
            if (isRegular()) {
                Storage.fetched(count);
            }
            return target.put(bounce, 0, count);
        }
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long total = 0;
        try (Arena arena = Arena.ofConfined()) {
            int step = isRegular() ? CHUNK_BYTES : PIPE_BUF;
            MemorySegment bounce = arena.allocate(Math.clamp(source.remaining(), 1, step));
            while (source.remaining() > 0) {
                if (!isReady(PollFlags.POLLOUT)) {
                    return total > 0 ? total : Errno.EAGAIN.negated();
                }
                long before = source.transferred();
                long taken = source.get(bounce, 0, bounce.byteSize());
                if (taken == 0) {
                    break;
                }
                long count = files.write(fd, bounce.asSlice(0, taken));
                if (HostResult.failed(count)) {
                    source.rewind(before);
                    return total > 0 ? total : HostResult.orThrow(count);
                }
                if (isRegular()) {
                    Storage.stored(count);
                }
                total += count;
                if (count < taken) {
                    source.rewind(before + count);
                    break;
                }
            }
        }
        return total;
    }

    @Override
    public long readAt(Task task, IoBuffer target, long offset) {
        checkRegular();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bounce = arena.allocate(Math.clamp(target.remaining(), 1, CHUNK_BYTES));
            long count = HostResult.orThrow(files.pread(fd, bounce, offset));
            Storage.fetched(count);
            return target.put(bounce, 0, count);
        }
    }

    @Override
    public long writeAt(Task task, IoBuffer source, long offset) {
        checkRegular();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bounce = arena.allocate(Math.clamp(source.remaining(), 1, CHUNK_BYTES));
            long before = source.transferred();
            long taken = source.get(bounce, 0, bounce.byteSize());
            long count = HostResult.orThrow(files.pwrite(fd, bounce.asSlice(0, taken), offset));
            Storage.stored(count);
            source.rewind(before + count);
            return count;
        }
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        checkRegular();
        return HostResult.orThrow(files.lseek(fd, offset, whence));
    }

    /** The position is the host's: whoever shares the description moves it, too. */
    @Override
    public long position() {
        return isRegular() ? Math.max(0, files.lseek(fd, 0, SeekWhence.SEEK_CUR)) : 0;
    }

    @Override
    public void truncate(Task task, long sizeBytes) {
        checkRegular();
        HostResult.orThrow(files.truncate(fd, sizeBytes));
    }

    @Override
    public void sync(boolean dataOnly) {
        checkRegular();
        HostResult.orThrow(files.sync(fd, dataOnly));
    }

    @Override
    public int readiness() {
        if (isRegular()) {
            return PollFlags.POLLIN
                    | PollFlags.POLLOUT
                    | PollFlags.POLLRDNORM
                    | PollFlags.POLLWRNORM;
        }
        int wanted =
                (isReadable() ? PollFlags.POLLIN | PollFlags.POLLRDNORM : 0)
                        | (isWritable() ? PollFlags.POLLOUT | PollFlags.POLLWRNORM : 0);
        int ready = files.poll(fd, wanted, 0);
        if (HostResult.failed(ready)) {
            return PollFlags.POLLERR;
        }
        int missing = wanted & ~ready & (PollFlags.POLLIN | PollFlags.POLLOUT);
        if (missing != 0) {
            watcher.watch(this, missing);
        }
        return ready;
    }

    @Override
    public WaitQueue waitQueue() {
        return waitQueue;
    }

    private boolean isReady(int event) {
        if (isRegular()) {
            return true;
        }
        int ready = files.poll(fd, event, 0);
        if (ready != 0) {
            return true;
        }
        watcher.watch(this, event);
        // It may have become ready before the watch began to look: then the watcher wakes whoever
        // waits.
        return false;
    }

    /** Regular files and the like never block. */
    private boolean isRegular() {
        return FileMode.S_ISREG(inode.mode());
    }

    private void checkRegular() {
        if (!isRegular()) {
            throw Errno.ESPIPE.exception();
        }
    }
}
