package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open file description (Linux {@code struct file}), counted: each descriptor and each user
 * under way holds a reference. Transfers never block: they give {@code -EAGAIN} and the caller
 * waits on {@link #waitQueue} unless O_NONBLOCK is set. Defaults refuse as Linux does. Thread safe.
 */
@ConsumerType
public abstract class FileDescription {
    private static final int POLLIN_OUT = 0x1 | 0x4 | 0x40 | 0x100;

    private final AtomicInteger references = new AtomicInteger(1);
    private final AtomicInteger flags;

    /** Set by the VFS once, before the description is seen by others. */
    private @Nullable VfsPath path;

    private final AtomicReference<@Nullable Object> pollers = new AtomicReference<>();

    private final AtomicReference<@Nullable Object> notices = new AtomicReference<>();

    /** Replaced as a whole by fcntl(2). */
    private volatile SignalOwner signalOwner = SignalOwner.NOBODY;

    /** Set by the VFS: at open, or with the first lock on a file without a path. */
    private volatile @Nullable ReleaseObserver observer;

    /** Set before the description is seen by others. */
    private Use use = Use.OTHER;

    /** Whether this open made the file. Set before the description is seen by others. */
    private boolean creator;

    /** What landlock(7) denied when it was opened. Set before the description is seen by others. */
    private int deniedRights;

    /** See {@link #refuseDirect}. */
    private boolean buffered;

    /** Who pays for its memory; null: nobody yet. Set before the description is seen by others. */
    private @Nullable HeapAccount heap;

    private @Nullable MemoryAccount payer;

    /** What the description means for {@link WriteCount}. */
    private enum Use {
        OTHER,
        READ,
        WRITE,
        EXECUTE
    }

    /**
     * @param flags access mode and status flags (O_*); creation flags are dropped by the VFS
     */
    protected FileDescription(int flags) {
        this.flags = new AtomicInteger(flags);
    }

    /** Access mode and status flags. */
    public final int flags() {
        return flags.get();
    }

    /** Sets the status flags that {@code mask} names. */
    public final void setFlags(int mask, int value) {
        flags.updateAndGet(old -> old & ~mask | value & mask);
    }

    public final boolean isReadable() {
        // Access mode 3 is for ioctl(2) only: open(2).
        int now = flags();
        return ((now & 3) == 0 || (now & 3) == 2) && (now & O_PATH) == 0;
    }

    public final boolean isWritable() {
        int now = flags();
        return ((now & 3) == 1 || (now & 3) == 2) && (now & O_PATH) == 0;
    }

    /** Whether its type of file has offsets: FMODE_PREAD. Devices may still refuse them. */
    public boolean isPositional() {
        return switch (inode().mode() & FileMode.S_IFMT) {
            case FileMode.S_IFREG, FileMode.S_IFDIR, FileMode.S_IFCHR, FileMode.S_IFBLK -> true;
            default -> false;
        };
    }

    /** Whether read(2) is an operation of it: FMODE_CAN_READ. */
    public boolean hasRead() {
        return true;
    }

    /** Whether write(2) is an operation of it: FMODE_CAN_WRITE. */
    public boolean hasWrite() {
        return true;
    }

    /** Whether its content lies in huge pages: is_file_hugepages(). */
    public boolean hasHugePages() {
        return false;
    }

    /** Whether splice(2) and sendfile(2) take from it: what Linux has a splice_read for. */
    public boolean givesSplices() {
        return true;
    }

    /** Whether splice(2) and sendfile(2) put into it: what Linux has a splice_write for. */
    public boolean takesSplices() {
        return true;
    }

    /**
     * Whether EAGAIN is a result: O_NONBLOCK, or a file that says it without anything to wait for.
     */
    public boolean isNonBlocking() {
        return (flags() & O_NONBLOCK) != 0;
    }

    /** Whether this open made the file: F_CREATED_QUERY. */
    public final boolean isCreator() {
        return creator;
    }

    /** Called once by the VFS, see {@link #isCreator()}. */
    public final void setCreator() {
        creator = true;
    }

    /** LANDLOCK_ACCESS_FS_* that who opened it did not have: they stay denied to all users. */
    public final int deniedRights() {
        return deniedRights;
    }

    /** Called once by the VFS, see {@link #deniedRights()}. */
    public final void setDeniedRights(int rights) {
        deniedRights = rights;
    }

    /**
     * Refuses O_DIRECT later on, though the file system takes it: what was made without open(2) has
     * no FMODE_CAN_ODIRECT. Called before the description is seen by others.
     */
    public final void refuseDirect() {
        buffered = true;
    }

    public final boolean refusesDirect() {
        return buffered;
    }

    /** Where it was opened; null for pipes, sockets and anonymous files. */
    public final @Nullable VfsPath path() {
        return path;
    }

    /** Called once by the VFS. */
    public final void setPath(VfsPath path) {
        this.path = path;
    }

    /**
     * Sets who is told of the last release, before {@link #closed}; the VFS only, which has one
     * observer for all.
     */
    public final void setObserver(ReleaseObserver observer) {
        this.observer = observer;
    }

    /**
     * Counts this description as a writer of its file until it is closed. Called once by the VFS,
     * for regular files opened for writing.
     *
     * @throws dev.moat.abi.ErrnoException ETXTBSY: the file is being executed
     */
    public final void countAsWriter() {
        inode().extras().writes().addWriter();
        use = Use.WRITE;
    }

    /**
     * Counts this description as one that only reads until it is closed. Called once by the VFS,
     * for regular files.
     */
    public final void countAsReader() {
        inode().extras().writes().addReader();
        use = Use.READ;
    }

    /**
     * Keeps writers away from the file until this description is closed. Called once by the VFS,
     * for files opened to be executed, which count as readers already.
     *
     * @throws dev.moat.abi.ErrnoException ETXTBSY: the file is open for writing
     */
    public final void countAsExecution() {
        inode().extras().writes().addExecution();
        use = Use.EXECUTE;
    }

    /**
     * The calling thread's task pays for the memory of this description, until it is closed. Called
     * by the VFS when it gets a descriptor, and for what is kept without one; once is enough.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    public final void chargeOnce() {
        if (heap != null) {
            return;
        }
        HeapAccount account = HeapAccount.current();
        if (account == null) {
            return;
        }
        MemoryAccount paying = PayingThread.payer();
        if (!account.tryCharge(HeapUse.FILES, paying, heapBytes())) {
            PayingThread.noteShort();
            throw Errno.ENOMEM.exception();
        }
        payer = paying;
        heap = account;
    }

    /** What it takes of the kernel host's heap as long as nothing is in it; always the same. */
    protected int heapBytes() {
        return 512;
    }

    private void uncharge() {
        HeapAccount account = heap;
        if (account != null) {
            account.uncharge(HeapUse.FILES, payer, heapBytes());
        }
    }

    /** Who gets signals about readiness, F_SETOWN and F_SETSIG of fcntl(2). */
    public final SignalOwner signalOwner() {
        return signalOwner;
    }

    public final void setSignalOwner(SignalOwner owner) {
        this.signalOwner = owner;
    }

    /** How many references there are at this moment. */
    public final int referenceCount() {
        return references.get();
    }

    /** Adds a reference; false if the last one is gone already. */
    public final boolean tryRetain() {
        int count;
        do {
            count = references.get();
            if (count == 0) {
                return false;
            }
        } while (!references.compareAndSet(count, count + 1));
        return true;
    }

    /** Drops a reference; the last one closes the file on the calling thread. */
    public final void release() {
        if (references.decrementAndGet() == 0) {
            ReleaseObserver told = observer;
            try {
                if (told != null) {
                    told.released(this);
                }
                switch (use) {
                    case READ -> inode().extras().writes().removeReader();
                    case WRITE -> inode().extras().writes().removeWriter();
                    case EXECUTE -> {
                        inode().extras().writes().removeExecution();
                        inode().extras().writes().removeReader();
                    }
                    case OTHER -> {}
                }
            } finally {
                uncharge();
                closed();
            }
        }
    }

    /** The last reference is gone: free everything. */
    protected abstract void closed();

    /**
     * A descriptor of this description was closed by {@code task} (f_op.flush: POSIX locks). An
     * errno that it throws is told to close(2); the descriptor is closed all the same.
     */
    public void descriptorClosed(Task task) {}

    /** The inode; anonymous files have one of their own kind. */
    public abstract Inode inode();

    /**
     * What /proc/pid/fd/N shows when there is no path: {@code pipe:[7]}, {@code
     * anon_inode:[eventfd]}.
     */
    public String anonymousName() {
        return "anon_inode:[unknown]";
    }

    /** Reads at the file position: bytes, 0 at the end, -EAGAIN if it would block. */
    public long read(Task task, IoBuffer target) {
        throw Errno.EINVAL.exception();
    }

    /**
     * Whether a blocking write(2) goes on after a short transfer until everything is written
     * (pipes, stream sockets, terminals). For others a short transfer is the result.
     */
    public boolean writesAll() {
        return false;
    }

    /**
     * How long a blocking read(2) waits at most (SO_RCVTIMEO): nanoseconds, Long.MAX_VALUE for
     * ever.
     */
    public long readTimeoutNs() {
        return Long.MAX_VALUE;
    }

    /** How long a blocking write(2) waits at most (SO_SNDTIMEO), see {@link #readTimeoutNs}. */
    public long writeTimeoutNs() {
        return Long.MAX_VALUE;
    }

    /** Writes at the file position or the end (O_APPEND): bytes, or -EAGAIN. */
    public long write(Task task, IoBuffer source) {
        throw Errno.EINVAL.exception();
    }

    /** Reads at an offset without moving the position. */
    public long readAt(Task task, IoBuffer target, long offset) {
        throw Errno.ESPIPE.exception();
    }

    /** Writes at an offset without moving the position. */
    public long writeAt(Task task, IoBuffer source, long offset) {
        throw Errno.ESPIPE.exception();
    }

    /**
     * Counts an event of the kernel: up to 2^64 - 1, which no write(2) reaches. Of eventfd(2) only.
     *
     * @throws IllegalStateException it counts nothing
     */
    public void countEvent() {
        throw new IllegalStateException("no eventfd");
    }

    /** lseek(2). */
    public long seek(Task task, long offset, int whence) {
        throw Errno.ESPIPE.exception();
    }

    /** What is possible now: POLL* bits. */
    public int readiness() {
        return POLLIN_OUT;
    }

    /**
     * {@link #readiness} for a certain task; differs for a signalfd only, which shows the signals
     * of whoever asks.
     */
    public int readiness(Task task) {
        return readiness();
    }

    /** {@link #waitQueue} for a certain task, see {@link #readiness(Task)}. */
    public @Nullable WaitQueue waitQueue(Task task) {
        return waitQueue();
    }

    /** Slot for what the VFS attaches to an open file: its registrations in epoll instances. */
    public final AtomicReference<@Nullable Object> pollers() {
        return pollers;
    }

    /** Slot for what the VFS attaches to an open file: the signals that are wanted of it. */
    public final AtomicReference<@Nullable Object> notices() {
        return notices;
    }

    /**
     * Woken when readiness may have changed, by callers that hold no locks; null if it never
     * changes (then epoll refuses with EPERM).
     */
    public @Nullable WaitQueue waitQueue() {
        return null;
    }

    /**
     * The open file that an epoll instance watches under the descriptor {@code fd}: KCMP_EPOLL_TFD.
     *
     * @param index which one, if several are watched under that number
     * @throws dev.moat.abi.ErrnoException EINVAL: this is no epoll instance; ENOENT
     */
    public FileDescription watched(int fd, int index) {
        throw Errno.EINVAL.exception();
    }

    /** ioctl(2) beyond what the VFS answers for all files. */
    public long ioctl(Task task, int command, long argument) {
        throw Errno.ENOTTY.exception();
    }

    /** SOCK_* of a socket; 0 for what is none. */
    public int socketType() {
        return 0;
    }

    /** Bytes that wait in a socket to be received (SO_INQ): of the first message, if it has any. */
    public int waitingBytes() {
        return 0;
    }

    /** Gives directory entries from the position on, until the sink is full; moves the position. */
    public void readDirectory(Task task, DirectorySink sink) {
        throw Errno.ENOTDIR.exception();
    }

    /** The object to map; ENODEV if it cannot be mapped. */
    public Mappable mappable() {
        throw Errno.ENODEV.exception();
    }

    /**
     * The object that a mapping at {@code offset} shows: another one than {@link #mappable} for
     * files that have several.
     */
    public Mappable mappableAt(long offset) {
        return mappable();
    }

    /**
     * Where in {@link #mappableAt} a mapping at {@code offset} lies: elsewhere for files that show
     * the same memory at several offsets.
     */
    public long mappedOffset(long offset) {
        return offset;
    }

    /** ftruncate(2). */
    public void truncate(Task task, long sizeBytes) {
        throw Errno.EINVAL.exception();
    }

    /** Whether it may have fallocate(2) with this mode: asked before the limit of its size. */
    public boolean allocates(int mode) {
        return true;
    }

    /** fallocate(2). */
    public void allocate(Task task, int mode, long offset, long lengthBytes) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** fsync(2), fdatasync(2). */
    public void sync(boolean dataOnly) {
        throw Errno.EINVAL.exception();
    }

    /** Its locks, if its file system keeps them itself; null: the VFS does. */
    public @Nullable OwnLocks ownLocks() {
        return null;
    }

    /** Lines for /proc/pid/fdinfo/N behind pos, flags, mnt_id; each with its newline. */
    public String describeExtra() {
        return "";
    }

    /**
     * Current position: for /proc/pid/fdinfo, and where sendfile(2) and copy_file_range(2) begin.
     * Every description that keeps one overrides this.
     */
    public long position() {
        return 0;
    }

    private static final int O_NONBLOCK = 04000;
    private static final int O_PATH = 010000000;

    /**
     * The target of signals of a description.
     *
     * @param type F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP
     * @param id of the task, process or process group; 0 for none
     * @param signal instead of SIGIO; 0 for SIGIO
     * @param uid user id of who named the target
     * @param effectiveUid effective user id of who named the target
     * @param domain of who named the target; null if it has none, or named its own process
     */
    public record SignalOwner(
            int type,
            int id,
            int signal,
            int uid,
            int effectiveUid,
            @Nullable LandlockDomain domain) {
        public static final SignalOwner NOBODY = new SignalOwner(1, 0, 0, 0, 0, null);

        /** A target that {@code task} names. */
        public static SignalOwner namedBy(Task task, int type, int id, int signal) {
            Credentials who = task.credentials();
            boolean itself = type != Fcntl.F_OWNER_PGRP && id == task.tgid();
            return new SignalOwner(
                    type, id, signal, who.uid(), who.effectiveUid(), itself ? null : who.domain());
        }

        /** The same target with another signal. */
        public SignalOwner withSignal(int other) {
            return new SignalOwner(type, id, other, uid, effectiveUid, domain);
        }
    }

    /** Told that a description is closed for good. */
    @FunctionalInterface
    public interface ReleaseObserver {
        /** The last reference of {@code file} is gone; it is not closed yet. Must not throw. */
        void released(FileDescription file);
    }

    /** Takes directory entries. */
    public interface DirectorySink {
        /**
         * Offers an entry.
         *
         * @param nextOffset position to continue behind this entry (d_off)
         * @param type DT_*
         * @return false if there is no room: the entry was not taken
         */
        boolean entry(String name, long inode, int type, long nextOffset);
    }
}
