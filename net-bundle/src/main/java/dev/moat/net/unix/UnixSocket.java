package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.Ioctls;
import dev.moat.abi.Landlock;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.net.SandboxSockets;
import dev.moat.net.Socket;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What all local sockets have: a name, a queue of what they received, and who made them. */
@Stateful
abstract class UnixSocket extends Socket {
    /** What a socket that takes more shows: unix_poll(). */
    static final int WRITABLE = PollFlags.POLLOUT | PollFlags.POLLWRNORM | PollFlags.POLLWRBAND;

    private static final int MAY_WRITE = 2;
    private static final Ucred NOBODY = new Ucred(0, -1, -1);

    private final SandboxSockets sockets;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final PacketQueue received = new PacketQueue();

    /** Set once by bind, under the lock. */
    private volatile UnixAddress name = new UnixAddress.Unnamed();

    /** The file it is bound to; null for abstract and unnamed ones. */
    private volatile @Nullable Inode boundTo;

    private volatile Ucred peerCredentials = NOBODY;
    private volatile int error;

    UnixSocket(SandboxSockets sockets, int type, int flags) {
        super(sockets, SocketConstants.AF_UNIX, type, flags);
        this.sockets = sockets;
    }

    final SandboxSockets sockets() {
        return sockets;
    }

    final RankedLock lock() {
        return lock;
    }

    final PacketQueue received() {
        return received;
    }

    final UnixAddress name() {
        return name;
    }

    /** An accepted connection has the name of its listener. */
    final void nameAs(UnixAddress listener) {
        name = listener;
    }

    final void setPeerCredentials(Ucred credentials) {
        peerCredentials = credentials;
    }

    final void setError(Errno errno) {
        error = errno.number();
    }

    @Override
    public final int takeError() {
        int taken = error;
        error = 0;
        return taken;
    }

    @Override
    public final Ucred peerCredentials() {
        return peerCredentials;
    }

    @Override
    public final byte[] localAddress() {
        return name.encode();
    }

    @Override
    public final void bind(Task task, byte[] address) {
        UnixAddress wanted = UnixAddress.parse(address);
        if (!(name instanceof UnixAddress.Unnamed)) {
            throw Errno.EINVAL.exception();
        }
        switch (wanted) {
            case UnixAddress.Unnamed none -> autobind();
            case UnixAddress.Abstract abstractName -> {
                if (!sockets.abstractNames().bind(typed(abstractName.name()), this)) {
                    throw Errno.EADDRINUSE.exception();
                }
                name = abstractName;
            }
            case UnixAddress.Path path -> bindToFile(task, path);
        }
    }

    private void bindToFile(Task task, UnixAddress.Path path) {
        VfsPath node;
        try {
            node = sockets.sandbox().vfs().makeNode(task, path.path(), FileMode.S_IFSOCK | 0777, 0);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EEXIST ? Errno.EADDRINUSE.exception() : e;
        }
        node.inode().extras().endpoint().set(this);
        boundTo = node.inode();
        name = path;
    }

    /** Five hexadecimal digits that nobody has, unix(7) "Autobind feature". */
    final void autobind() {
        while (name instanceof UnixAddress.Unnamed) {
            String candidate = String.format("%05x", ThreadLocalRandom.current().nextInt(1 << 20));
            if (sockets.abstractNames().bind(typed(candidate), this)) {
                name = new UnixAddress.Abstract(candidate);
            }
        }
    }

    /** EPERM if a Landlock scope keeps {@code task} away from an abstract name of others. */
    static void checkInScope(Task task, UnixSocket other) {
        if (other.name instanceof UnixAddress.Abstract
                && LandlockDomain.isScoped(
                        task.credentials().domain(),
                        other.makerDomain(),
                        Landlock.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * The socket that a name leads to.
     *
     * @throws ErrnoException ECONNREFUSED if nobody is bound there, EACCES, ENOENT, EPROTOTYPE for
     *     another type
     */
    final UnixSocket find(Task task, UnixAddress address) {
        Object found =
                switch (address) {
                    case UnixAddress.Unnamed none -> throw Errno.EINVAL.exception();
                    case UnixAddress.Abstract name ->
                            sockets.abstractNames().find(typed(name.name()));
                    case UnixAddress.Path path -> findFile(task, path);
                };
        if (!(found instanceof UnixSocket socket)) {
            throw Errno.ECONNREFUSED.exception();
        }
        if (socket.type() != type()) {
            throw Errno.EPROTOTYPE.exception();
        }
        return socket;
    }

    private @Nullable Object findFile(Task task, UnixAddress.Path path) {
        Vfs vfs = sockets.sandbox().vfs();
        VfsPath place = vfs.resolve(task, path.path(), Vfs.Follow.YES);
        vfs.checkPermission(task.credentials(), place, MAY_WRITE);
        return FileMode.S_ISSOCK(place.inode().mode())
                ? place.inode().extras().endpoint().get()
                : null;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command == Ioctls.FIONREAD) {
            task.user().writeInt(argument, (int) received.waitingBytes(keepsBorders()));
            return 0;
        }
        return super.ioctl(task, command, argument);
    }

    /** Each type has abstract names of its own: unix_abstract_hash(). */
    private String typed(String abstractName) {
        return (char) type() + abstractName;
    }

    /** Gives the name up: the last reference is gone. */
    final void unbind() {
        if (name instanceof UnixAddress.Abstract abstractName) {
            sockets.abstractNames().unbind(typed(abstractName.name()), this);
        }
        Inode file = boundTo;
        if (file != null) {
            file.extras().endpoint().compareAndSet(this, null);
        }
    }
}
