package dev.moat.net;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/**
 * A socket of any family. Transfers never block: a value of {@code -EAGAIN} means that the caller
 * may wait on {@link #waitQueue}. Addresses are the bytes of a {@code struct sockaddr} as
 * ISO-8859-1 text, family included.
 */
@Stateful
public abstract class Socket extends FileDescription {
    private static final int MEMORY_VALUES = 9;

    private final int family;
    private final int type;
    private final SocketInode inode;
    private final SocketOptions options = new SocketOptions();
    private final WaitQueue waitQueue = new WaitQueue();

    /** Of who made it; null: not restricted. Set before the socket is seen by others. */
    private @Nullable LandlockDomain makerDomain;

    private volatile @Nullable SocketFilter filter;

    /**
     * @param type SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
     * @param flags status flags; O_RDWR is added
     */
    protected Socket(SandboxSockets sockets, int family, int type, int flags) {
        super(flags | 2);
        this.family = family;
        this.type = type;
        this.inode = new SocketInode(sockets, FileMode.S_IFSOCK | 0777);
    }

    /** The Landlock domain of who made it: that of the file's credentials. */
    public final @Nullable LandlockDomain makerDomain() {
        return makerDomain;
    }

    public final void setMakerDomain(@Nullable LandlockDomain domain) {
        makerDomain = domain;
    }

    /** SO_ATTACH_FILTER: what looks at messages that come; null if there is none. */
    public final @Nullable SocketFilter filter() {
        return filter;
    }

    public final void setFilter(@Nullable SocketFilter program) {
        filter = program;
    }

    /** What the filter leaves of a message that comes; null if it is dropped: sk_filter(). */
    public final byte @Nullable [] filtered(byte[] message) {
        SocketFilter program = filter;
        return program == null ? message : program.pass(message);
    }

    public final int family() {
        return family;
    }

    public final int type() {
        return type;
    }

    @Override
    public final int socketType() {
        return type;
    }

    /** SO_PROTOCOL. */
    public int protocol() {
        return 0;
    }

    /** Options of level SOL_SOCKET that all families share. */
    public final SocketOptions options() {
        return options;
    }

    /** Its queue, its options, its names. */
    @Override
    protected int heapBytes() {
        return 2048;
    }

    @Override
    public final boolean writesAll() {
        return type == SocketConstants.SOCK_STREAM;
    }

    @Override
    public final long readTimeoutNs() {
        return options.receiveTimeoutNs();
    }

    @Override
    public final long writeTimeoutNs() {
        return options.sendTimeoutNs();
    }

    /** setsockopt(2) with another level than SOL_SOCKET: most families have none. */
    public void setOption(Task task, int level, int option, long userAddr, int lengthBytes) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** getsockopt(2) with another level than SOL_SOCKET. */
    public void getOption(Task task, int level, int option, long userAddr, long lengthUserAddr) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Whether who receives is told to which group a message went: NETLINK_PKTINFO. */
    public boolean tellsGroups() {
        return false;
    }

    /** SO_MEMINFO, SK_MEMINFO_VARS of include/uapi/linux/sock_diag.h: memory by kind. */
    public final int[] memoryInUse() {
        int[] values = new int[MEMORY_VALUES];
        values[1] = options.receiveBufferBytes();
        values[2] = unreceivedBytes();
        values[3] = options.sendBufferBytes();
        return values;
    }

    /** bind(2): EINVAL if bound, EADDRINUSE... */
    public abstract void bind(Task task, byte[] address);

    /** connect(2): 0, or -EAGAIN while the listener's queue is full. */
    public abstract long connect(Task task, byte[] address);

    /** listen(2). */
    public abstract void listen(int backlog);

    /**
     * accept(2): takes the next connection, its reference owned by the caller; see {@link
     * Accepted}.
     */
    public abstract Accepted accept();

    /**
     * send(2) and the like: bytes, or -EAGAIN. EPIPE is thrown; SIGPIPE is the caller's business.
     */
    public abstract long send(Task task, IoBuffer source, SendRequest request);

    /** recv(2) and the like: bytes, 0 at the end, or -EAGAIN. */
    public abstract long receive(Task task, IoBuffer target, int messageFlags, ReceivedMessage out);

    /** What is looked at before the control part of a message that is sent: ENOTCONN... */
    public void checkSends() {
        // Nothing, for most.
    }

    /** Where to wait when {@link #send} gave -EAGAIN. */
    public WaitQueue sendQueue(Task task, SendRequest request) {
        return waitQueue;
    }

    /** Where to wait when {@link #connect} gave -EAGAIN. */
    public WaitQueue connectQueue(Task task, byte[] address) {
        return waitQueue;
    }

    /** shutdown(2). */
    public abstract void shutdown(int how);

    /** getsockname(2). */
    public abstract byte[] localAddress();

    /** getpeername(2): ENOTCONN. */
    public abstract byte[] peerAddress();

    /** Whether it listens (SO_ACCEPTCONN). */
    public abstract boolean isListening();

    /** Takes the pending error (SO_ERROR). */
    public abstract int takeError();

    @Override
    public abstract int waitingBytes();

    /** Bytes of memory that what it sent takes until it is received (SIOCOUTQ). */
    public abstract int unreceivedBytes();

    /** Process at the other end, null if it is not connected (SO_PEERPIDFD). */
    public abstract @Nullable PeerProcess peerProcess();

    /** Process at the other end (SO_PEERCRED). */
    public abstract Ucred peerCredentials();

    @Override
    public final Inode inode() {
        return inode;
    }

    @Override
    public final String anonymousName() {
        return "socket:[" + inode.number() + "]";
    }

    @Override
    public final WaitQueue waitQueue() {
        return waitQueue;
    }

    @Override
    public final long read(Task task, IoBuffer target) {
        if (target.remaining() == 0) {
            // sock_read_iter(): not a message's worth.
            return 0;
        }
        return receive(task, target, 0, ReceivedMessage.ignored());
    }

    @Override
    public final long write(Task task, IoBuffer source) {
        return send(task, source, SendRequest.plain(task, 0));
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return InterfaceRequests.handle(task, inode.sockets(), command, argument);
    }

    /** Whether {@code type} keeps message borders. */
    protected final boolean keepsBorders() {
        return type != SocketConstants.SOCK_STREAM;
    }
}
