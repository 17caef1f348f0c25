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
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.net.LocalSocket;
import dev.moat.net.PeerProcess;
import dev.moat.net.SandboxSockets;
import dev.moat.net.SendRequest;
import dev.moat.net.Socket;
import dev.moat.net.SocketOptions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What all local sockets have: a name, a queue of what they received, and who made them. */
@Stateful
abstract class UnixSocket extends Socket implements LocalSocket, Restorable {
    /** What a socket that takes more shows: unix_poll(). */
    static final int WRITABLE = PollFlags.POLLOUT | PollFlags.POLLWRNORM | PollFlags.POLLWRBAND;

    // RCV_SHUTDOWN, SEND_SHUTDOWN: include/net/sock.h.
    static final int RECEIVE_SHUT = 1;
    static final int SEND_SHUT = 2;

    private static final int MAY_WRITE = 2;
    private static final byte[] NO_ADDRESS = {};
    private static final Ucred NOBODY = new Ucred(0, -1, -1);

    private final SandboxSockets sockets;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final PacketQueue received = new PacketQueue();

    /** Set once by bind, under the lock. */
    private volatile UnixAddress name = new UnixAddress.Unnamed();

    /** The file it is bound to; null for abstract and unnamed ones. */
    private volatile @Nullable Inode boundTo;

    private volatile Ucred peerCredentials = NOBODY;
    private volatile @Nullable PeerProcess peerProcess;
    private SendBuffer sendBuffer = new SendBuffer(waitQueue());
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

    /** Notes who is at the other end. */
    final void setPeer(Ucred credentials, @Nullable PeerProcess process) {
        peerCredentials = credentials;
        peerProcess = process;
    }

    final void setPeer(Task task) {
        setPeer(SendRequest.credentialsOf(task), PeerProcess.of(task));
    }

    @Override
    public final @Nullable PeerProcess peerProcess() {
        return peerProcess;
    }

    final SendBuffer sendBuffer() {
        return sendBuffer;
    }

    @Override
    public final int unreceivedBytes() {
        return sendBuffer.bytes();
    }

    @Override
    public final int waitingBytes() {
        return (int) received.waitingBytes(keepsBorders());
    }

    /** Whether there is memory for one more packet: sock_alloc_send_pskb(). */
    final boolean hasSendRoom() {
        return sendBuffer.bytes() < options().sendBufferBytes();
    }

    /** Whether poll(2) tells that there is: unix_writable(). */
    final boolean isSendRoomy() {
        return 4L * sendBuffer.bytes() <= options().sendBufferBytes();
    }

    /**
     * Has memory ready for a message.
     *
     * @throws ErrnoException ENOBUFS
     */
    final void reserve(long lengthBytes, SendRequest request) {
        int needed = SendBuffer.ofMessage((int) lengthBytes);
        if (!sendBuffer.tryReserve(needed, request.rights().size())) {
            throw Errno.ENOBUFS.exception();
        }
    }

    /** A message to {@code target}, which is told the time if it wants that. */
    final Packet message(UnixSocket target, byte[] data, SendRequest request, byte[] from) {
        boolean timed = target.options().stamps() != SocketOptions.Stamps.NONE;
        long nowNs = timed ? sockets.sandbox().clock().realtimeNs() : 0;
        return new Packet(
                data, request, from, sendBuffer, SendBuffer.ofMessage(data.length), nowNs);
    }

    /**
     * A message out of guest memory.
     *
     * @throws ErrnoException ENOBUFS, ETOOMANYREFS, EFAULT
     */
    final byte[] copied(Task task, IoBuffer source, SendRequest request) {
        if (source.remaining() > SendBuffer.MOST_BYTES) {
            throw Errno.ENOBUFS.exception();
        }
        if (!request.rights().isEmpty()) {
            sockets.inFlight().checkMaySend(task);
        }
        reserve(source.remaining(), request);
        byte[] data = new byte[(int) source.remaining()];
        if (source.get(MemorySegment.ofArray(data), 0, data.length) < data.length) {
            throw Errno.EFAULT.exception();
        }
        return data;
    }

    /** What receivers are told of the sender: unix_copy_addr(). */
    final byte[] sourceAddress() {
        return isNamed() ? name.encode() : NO_ADDRESS;
    }

    final boolean keepsMessages() {
        return keepsBorders();
    }

    /** What was written by earlier revisions has no account of its sender. */
    @Override
    public void restored() {
        sendBuffer = Objects.requireNonNullElseGet(sendBuffer, () -> new SendBuffer(waitQueue()));
    }

    /** The pending error without taking it. */
    final boolean hasError() {
        return error != 0;
    }

    /** Throws the pending error, which is gone then: sock_error(). */
    final void throwError() {
        if (takeError() != 0) {
            // The only one that setReset() leaves.
            throw Errno.ECONNRESET.exception();
        }
    }

    /** Ends sockets that lie in each other's queues only: unix_gc(), which each close starts. */
    final void collectGarbage() {
        if (sockets.inFlight().isReleasing()) {
            // Whoever does that looks once, when all are closed.
            return;
        }
        for (Socket lost : sockets.inFlight().collectUnreachable()) {
            if (lost instanceof UnixSocket local) {
                local.received().clear(local);
            }
        }
    }

    /** The other end was closed with unread data. */
    final void setReset() {
        error = Errno.ECONNRESET.number();
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
        switch (UnixAddress.parse(address)) {
            case UnixAddress.Unnamed none -> autobind();
            case UnixAddress.Abstract abstractName -> {
                if (isNamed()) {
                    throw Errno.EINVAL.exception();
                }
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
        if (isNamed()) {
            // Seen so late as by unix_bind_bsd().
            sockets.sandbox().vfs().withdrawNode(node);
            throw Errno.EINVAL.exception();
        }
        node.inode().extras().endpoint().set(this);
        boundTo = node.inode();
        name = path;
    }

    private boolean isNamed() {
        return !(name instanceof UnixAddress.Unnamed);
    }

    /**
     * Who wants to be told of credentials gets a name before it sends, so that it can be answered:
     * unix_may_passcred().
     */
    final void nameIfTold() {
        if (options().passCredentials() || options().kept(SocketConstants.SO_PASSPIDFD) != 0) {
            autobind();
        }
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
        switch (command) {
            case Ioctls.FIONREAD -> {
                if (isListening()) {
                    throw Errno.EINVAL.exception();
                }
                task.user().writeInt(argument, (int) received.waitingBytes(keepsBorders()));
            }
            case Ioctls.SIOCOUTQ -> task.user().writeInt(argument, sendBuffer.bytes());
            case Ioctls.SIOCATMARK -> {
                if (keepsBorders()) {
                    throw Errno.EOPNOTSUPP.exception();
                }
                task.user().writeInt(argument, received.isAtMark() ? 1 : 0);
            }
            default -> {
                return super.ioctl(task, command, argument);
            }
        }
        return 0;
    }

    /** Each type has abstract names of its own: unix_abstract_hash(). */
    private String typed(String abstractName) {
        return (char) type() + abstractName;
    }

    @Override
    public final byte[] boundPath() {
        byte[] address = name.encode();
        return Arrays.copyOfRange(address, UnixAddress.PATH_OFFSET, address.length);
    }

    @Override
    public final @Nullable Inode boundFile() {
        return boundTo;
    }

    /** Gives the name up, and what it needs to send: the last reference is gone. */
    final void unbind() {
        sockets.openSockets().remove(this);
        sendBuffer.close();
        if (name instanceof UnixAddress.Abstract abstractName) {
            sockets.abstractNames().unbind(typed(abstractName.name()), this);
        }
        Inode file = boundTo;
        if (file != null) {
            file.extras().endpoint().compareAndSet(this, null);
        }
    }
}
