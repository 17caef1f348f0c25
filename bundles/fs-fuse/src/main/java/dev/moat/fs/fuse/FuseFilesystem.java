package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Fuse;
import dev.moat.abi.Statfs;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.concurrent.atomic.AtomicLong;

/** One mounted server. */
@Stateful
final class FuseFilesystem implements Filesystem {
    private static final int STATFS_BYTES = 80;
    private static final long FIRST_OWNER = 1L << 32;

    private final FuseType type;
    private final Sandbox sandbox;
    private final long deviceId;
    private final FuseOptions options;
    private final FuseConnection connection;
    private final FuseInodes nodes;
    private final FuseInode root;

    /** Owners of locks that are no processes. */
    private final AtomicLong owners = new AtomicLong();

    FuseFilesystem(
            FuseType type, MountRequest request, FuseOptions options, FuseConnection connection) {
        this.type = type;
        this.sandbox = request.sandbox();
        this.deviceId = request.deviceId();
        this.options = options;
        this.connection = connection;
        this.nodes = new FuseInodes(this);
        this.root = nodes.root(options.rootMode());
    }

    @Override
    public FilesystemType type() {
        return type;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    FuseOptions options() {
        return options;
    }

    FuseConnection connection() {
        return connection;
    }

    FuseInodes nodes() {
        return nodes;
    }

    /** A number for an open file that no process has. */
    long nextOwner() {
        return FIRST_OWNER + owners.incrementAndGet();
    }

    @Override
    public Inode root() {
        return root;
    }

    @Override
    public long deviceId() {
        return deviceId;
    }

    /** Asks for the calling task. */
    Answer call(FuseRequest request) {
        return connection.call(PayingThread.current(), request);
    }

    /**
     * Whether somebody may use this file system at all, fuse_allow_current_process(): a server sees
     * what its users do, and may keep them waiting.
     */
    boolean admits(Credentials who) {
        return options.openToAll()
                ? who.space().isWithin(connection.users())
                : who.uid() == options.uid()
                        && who.effectiveUid() == options.uid()
                        && who.savedUid() == options.uid()
                        && who.gid() == options.gid()
                        && who.effectiveGid() == options.gid()
                        && who.savedGid() == options.gid();
    }

    /** EACCES for whom the server is not there. */
    void checkAdmits() {
        Task task = PayingThread.current();
        if (task != null && !admits(task.credentials())) {
            throw Errno.EACCES.exception();
        }
    }

    long monotonicNs() {
        return sandbox.clock().monotonicNs();
    }

    @Override
    public Statfs statfs() {
        Task task = PayingThread.current();
        if (task == null || !admits(task.credentials())) {
            return new Statfs(FsMagic.FUSE_SUPER_MAGIC, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        Answer answer =
                call(FuseRequest.of(Fuse.FUSE_STATFS, Fuse.FUSE_ROOT_ID, new Body(), STATFS_BYTES));
        return new Statfs(
                FsMagic.FUSE_SUPER_MAGIC,
                Integer.toUnsignedLong(answer.u32(40)),
                answer.u64(0),
                answer.u64(8),
                answer.u64(16),
                answer.u64(24),
                answer.u64(32),
                0,
                Integer.toUnsignedLong(answer.u32(44)),
                Integer.toUnsignedLong(answer.u32(48)),
                0);
    }

    @Override
    public void sync() {
        Task task = PayingThread.current();
        for (FuseRegular file : nodes.collectFiles()) {
            if (task != null && file.cache().dirt().isThere()) {
                file.flushAnyhow(task);
            }
        }
    }

    @Override
    public String shownOptions() {
        return options.shown();
    }

    @Override
    public boolean appliesUmask() {
        return connection.has(Fuse.FUSE_DONT_MASK);
    }

    /** Names hold as long as the server says. */
    @Override
    public boolean isVolatile() {
        return true;
    }
}
