package dev.moat.ipc.mqueue;

import dev.moat.abi.FsMagic;
import dev.moat.abi.Statfs;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The queues of a namespace as files. There is one, whether and how often it is mounted: all mounts
 * show the same.
 */
@Stateful
public final class QueueFilesystem implements Filesystem, FilesystemType {
    /** Below those that the VFS gives to what is mounted. */
    private static final long DEVICE = 19;

    private final Sandbox sandbox;
    private final QueueLimits limits = new QueueLimits();
    private final AtomicLong inodes = new AtomicLong(1);
    private final QueueDirectory root;

    private volatile boolean mounted;

    private volatile boolean ended;

    public QueueFilesystem(Sandbox sandbox) {
        this.sandbox = sandbox;
        this.root = new QueueDirectory(this);
    }

    public QueueLimits limits() {
        return limits;
    }

    @Override
    public FilesystemType type() {
        return this;
    }

    @Override
    public String name() {
        return "mqueue";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return mounted();
    }

    /** It is about to be mounted, perhaps once more: what is there stays until it is closed. */
    public QueueFilesystem mounted() {
        mounted = true;
        return this;
    }

    /** The last mount is gone. Queues outlive mounts, but not both these and the namespace. */
    @Override
    public void close(Filesystem filesystem) {
        mounted = false;
        if (ended) {
            root.unlinkAll();
        }
    }

    @Override
    public Inode root() {
        return root;
    }

    /** As {@link #root}. */
    public QueueDirectory directory() {
        return root;
    }

    @Override
    public long deviceId() {
        return DEVICE;
    }

    @Override
    public Statfs statfs() {
        return new Statfs(FsMagic.MQUEUE_MAGIC, 4096, 0, 0, 0, 0, 0, 0, 255, 4096, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }

    /** Queues come and go by mq_open(3) and mq_unlink(3), which the VFS does not see. */
    @Override
    public boolean isVolatile() {
        return true;
    }

    /** The namespace has ended: queues last as long as they are open, or somebody sees them. */
    public void end() {
        ended = true;
        if (!mounted) {
            root.unlinkAll();
        }
    }

    /** Whether the namespace is no more. */
    boolean hasEnded() {
        return ended;
    }

    long newInode() {
        return inodes.incrementAndGet();
    }

    long nowNs() {
        return sandbox.clock().realtimeNs();
    }

    @Override
    public boolean opensDirect() {
        return false;
    }
}
