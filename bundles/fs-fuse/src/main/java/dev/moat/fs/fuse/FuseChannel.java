package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.Fuse;
import dev.moat.abi.PollFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An open {@code /dev/fuse}: a read(2) gives one request, a write(2) takes one answer or notice.
 * Before it is mounted both fail with EPERM, as fuse_dev_read() does.
 */
@Stateful
final class FuseChannel extends FileDescription {
    private static final int HEADER_BYTES = 16;

    /** No answer is longer, and what a server stores at once. */
    private static final int MOST_BYTES = HEADER_BYTES + 24 + FuseConnection.MOST_DATA_BYTES;

    private static final int MOST_NAME_BYTES = 1024;

    private final Inode node;
    private final UserView space;

    /** Set once, by the mount or by FUSE_DEV_IOC_CLONE. */
    private final AtomicReference<@Nullable FuseFilesystem> served = new AtomicReference<>();

    /** Woken when it is mounted, for whoever polls already. */
    private final WaitQueue idle = new WaitQueue();

    /**
     * @param space the user namespace of who opens it
     */
    FuseChannel(Inode node, int flags, UserView space) {
        super(flags);
        this.node = node;
        this.space = space;
    }

    /**
     * Makes this the end of a new connection.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: it is one already, or was opened in another user
     *     namespace
     */
    void connect(FuseFilesystem filesystem) {
        if (space != filesystem.connection().users() || !served.compareAndSet(null, filesystem)) {
            throw Errno.EINVAL.exception();
        }
    }

    static FuseConnection newConnection(Task mounter) {
        UserView users = mounter.credentials().space();
        PidView pids = mounter.pids();
        return new FuseConnection(users, pids);
    }

    private FuseFilesystem served() {
        FuseFilesystem filesystem = served.get();
        if (filesystem == null) {
            throw Errno.EPERM.exception();
        }
        return filesystem;
    }

    @Override
    protected void closed() {
        FuseFilesystem filesystem = served.get();
        if (filesystem != null) {
            filesystem.connection().channelClosed();
        }
    }

    @Override
    public Inode inode() {
        return node;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        FuseConnection connection = served().connection();
        if (target.remaining() < connection.leastReadBytes()) {
            throw Errno.EINVAL.exception();
        }
        FuseQueue.Message message = connection.next(target.remaining());
        if (message == null) {
            return Errno.EAGAIN.negated();
        }
        byte[] bytes = message.toBytes();
        if (target.put(MemorySegment.ofArray(bytes), 0, bytes.length) < bytes.length) {
            connection.lost(message, Errno.EIO);
            throw Errno.EFAULT.exception();
        }
        return bytes.length;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        FuseFilesystem filesystem = served();
        long size = source.remaining();
        if (size < HEADER_BYTES || size > MOST_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = new byte[(int) size];
        if (source.get(MemorySegment.ofArray(bytes), 0, size) < size) {
            throw Errno.EFAULT.exception();
        }
        Answer header = Answer.of(bytes);
        if (header.u32(0) != size) {
            throw Errno.EINVAL.exception();
        }
        byte[] rest = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
        if (header.u64(8) == 0) {
            notice(filesystem, header.u32(4), Answer.of(rest));
        } else {
            filesystem.connection().answer(header.u64(8), header.u32(4), rest);
        }
        return size;
    }

    /** fuse_notify(): EINVAL, ENOENT. */
    private static void notice(FuseFilesystem filesystem, int code, Answer body) {
        switch (code) {
            case Fuse.FUSE_NOTIFY_INVAL_INODE -> {
                if (body.size() != 24) {
                    throw Errno.EINVAL.exception();
                }
                FuseNotices.invalidate(filesystem, body);
            }
            case Fuse.FUSE_NOTIFY_INVAL_ENTRY -> notice(filesystem, body, 16, 8);
            case Fuse.FUSE_NOTIFY_DELETE -> notice(filesystem, body, 24, 16);
            case Fuse.FUSE_NOTIFY_POLL -> {
                if (body.size() != Long.BYTES) {
                    throw Errno.EINVAL.exception();
                }
                // Nobody waits: files of servers are always ready.
            }
            case Fuse.FUSE_NOTIFY_STORE -> FuseNotices.store(filesystem, body);
            case Fuse.FUSE_NOTIFY_RETRIEVE -> FuseNotices.retrieve(filesystem, body);
            case Fuse.FUSE_NOTIFY_RESEND -> filesystem.connection().resend();
            default -> throw Errno.EINVAL.exception();
        }
    }

    /** A name of a directory is asked for again. */
    private static void notice(FuseFilesystem filesystem, Answer body, int fixed, int lengthAt) {
        if (body.size() < fixed) {
            throw Errno.EINVAL.exception();
        }
        int length = body.u32(lengthAt);
        if (length < 0 || length > MOST_NAME_BYTES) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (body.size() != fixed + length + 1) {
            throw Errno.EINVAL.exception();
        }
        FuseInode parent = filesystem.nodes().requireKnown(body.u64(0));
        if (!(parent instanceof FuseDirectory directory)) {
            throw Errno.ENOTDIR.exception();
        }
        directory.forgetName(FuseNames.text(body.slice(fixed, length)));
    }

    @Override
    public int readiness() {
        FuseFilesystem filesystem = served.get();
        if (filesystem == null || filesystem.connection().isGone()) {
            return PollFlags.POLLERR;
        }
        int writable = PollFlags.POLLOUT | PollFlags.POLLWRNORM;
        return filesystem.connection().hasMessages()
                ? writable | PollFlags.POLLIN | PollFlags.POLLRDNORM
                : writable;
    }

    @Override
    public WaitQueue waitQueue() {
        FuseFilesystem filesystem = served.get();
        return filesystem == null ? idle : filesystem.connection().readable();
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command != Fuse.FUSE_DEV_IOC_CLONE) {
            throw Errno.ENOTTY.exception();
        }
        FileDescription other = task.files().acquire(task.user().readInt(argument));
        try {
            if (!(other instanceof FuseChannel channel)) {
                throw Errno.EINVAL.exception();
            }
            FuseFilesystem filesystem = channel.served.get();
            if (filesystem == null) {
                throw Errno.EINVAL.exception();
            }
            connect(filesystem);
            filesystem.connection().channelAdded();
        } finally {
            other.release();
        }
        return 0;
    }
}
