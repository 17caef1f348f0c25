package dev.moat.net.netlink;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.NetlinkConstants;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.NoticeSocket;
import dev.moat.net.Accepted;
import dev.moat.net.PeerProcess;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.SandboxSockets;
import dev.moat.net.SendRequest;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A netlink socket: net/netlink/af_netlink.c. */
@Stateful
final class NetlinkSocket extends Socket implements NoticeSocket {
    private static final int READABLE = PollFlags.POLLIN | PollFlags.POLLRDNORM;
    private static final int WRITABLE =
            PollFlags.POLLOUT | PollFlags.POLLWRNORM | PollFlags.POLLWRBAND;

    /** More than anybody sends; the size of what is copied in one piece has to have an end. */
    private static final long MOST_BYTES = 16L << 20;

    private static final Ucred NOBODY = new Ucred(0, -1, -1);

    private final SandboxSockets sockets;
    private final NetlinkProtocol protocol;
    private final DatagramQueue received = new DatagramQueue();

    /** Held alone; guards the dump. */
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** 0 until it is bound, which happens once. */
    private final AtomicInteger port = new AtomicInteger();

    /** Where what has no address goes. */
    private volatile NetlinkAddress destination = new NetlinkAddress(0, 0);

    private volatile boolean connected;

    /** A bit for each group that it is a member of, the first one in bit 0. */
    private final AtomicLong groups = new AtomicLong();

    /** Options of SOL_NETLINK that are on, by number. */
    private final AtomicInteger options = new AtomicInteger();

    private final AtomicInteger error = new AtomicInteger();

    /** What is being told piece by piece; null if nothing is. Guarded by the lock. */
    private @Nullable Dump dump;

    /** Somebody makes the next piece. Guarded by the lock. */
    private boolean telling;

    NetlinkSocket(SandboxSockets sockets, int type, NetlinkProtocol protocol, int flags) {
        super(sockets, SocketConstants.AF_NETLINK, type, flags);
        this.sockets = sockets;
        this.protocol = protocol;
    }

    SandboxSockets sockets() {
        return sockets;
    }

    @Override
    public int protocol() {
        return protocol.number();
    }

    int port() {
        return port.get();
    }

    /** The first 32 groups. */
    int groups() {
        return groups.intValue();
    }

    boolean isMember(int group) {
        return (groups.get() & 1L << group - 1) != 0;
    }

    int chargedBytes() {
        return received.chargedBytes();
    }

    /** Whether an option of SOL_NETLINK is on. */
    boolean isOn(int option) {
        return (options.get() & 1 << option) != 0;
    }

    @Override
    public boolean tellsGroups() {
        return isOn(NetlinkConstants.NETLINK_PKTINFO);
    }

    @Override
    public void setOption(Task task, int level, int option, long userAddr, int lengthBytes) {
        if (level != SocketConstants.SOL_NETLINK) {
            throw Errno.ENOPROTOOPT.exception();
        }
        int value = lengthBytes >= Integer.BYTES ? task.user().readInt(userAddr) : 0;
        switch (option) {
            case NetlinkConstants.NETLINK_ADD_MEMBERSHIP,
                    NetlinkConstants.NETLINK_DROP_MEMBERSHIP -> {
                checkMayListen(task);
                if (value <= 0 || value > protocol.groups()) {
                    throw Errno.EINVAL.exception();
                }
                long bit = 1L << value - 1;
                boolean joins = option == NetlinkConstants.NETLINK_ADD_MEMBERSHIP;
                groups.getAndUpdate(old -> joins ? old | bit : old & ~bit);
            }
            case NetlinkConstants.NETLINK_LISTEN_ALL_NSID -> {
                if (!sockets.allows(task, Capabilities.CAP_NET_BROADCAST)) {
                    throw Errno.EPERM.exception();
                }
                turn(option, value);
            }
            case NetlinkConstants.NETLINK_NO_ENOBUFS,
                    NetlinkConstants.NETLINK_PKTINFO,
                    NetlinkConstants.NETLINK_BROADCAST_ERROR,
                    NetlinkConstants.NETLINK_CAP_ACK,
                    NetlinkConstants.NETLINK_EXT_ACK,
                    NetlinkConstants.NETLINK_GET_STRICT_CHK ->
                    turn(option, value);
            default -> throw Errno.ENOPROTOOPT.exception();
        }
    }

    private void turn(int option, int value) {
        options.getAndUpdate(old -> value != 0 ? old | 1 << option : old & ~(1 << option));
    }

    @Override
    public void getOption(Task task, int level, int option, long userAddr, long lengthUserAddr) {
        if (level != SocketConstants.SOL_NETLINK) {
            throw Errno.ENOPROTOOPT.exception();
        }
        int room = task.user().readInt(lengthUserAddr);
        if (room < 0) {
            throw Errno.EINVAL.exception();
        }
        switch (option) {
            case NetlinkConstants.NETLINK_LIST_MEMBERSHIPS -> {
                int words = (protocol.groups() + Integer.SIZE - 1) / Integer.SIZE;
                for (int i = 0; i < words && room >= (i + 1) * Integer.BYTES; i++) {
                    int word = (int) (groups.get() >>> i * Integer.SIZE);
                    task.user().writeInt(userAddr + (long) i * Integer.BYTES, word);
                }
                task.user().writeInt(lengthUserAddr, words * Integer.BYTES);
            }
            case NetlinkConstants.NETLINK_NO_ENOBUFS,
                    NetlinkConstants.NETLINK_PKTINFO,
                    NetlinkConstants.NETLINK_BROADCAST_ERROR,
                    NetlinkConstants.NETLINK_LISTEN_ALL_NSID,
                    NetlinkConstants.NETLINK_CAP_ACK,
                    NetlinkConstants.NETLINK_EXT_ACK,
                    NetlinkConstants.NETLINK_GET_STRICT_CHK -> {
                if (room < Integer.BYTES) {
                    throw Errno.EINVAL.exception();
                }
                task.user().writeInt(lengthUserAddr, Integer.BYTES);
                task.user().writeInt(userAddr, isOn(option) ? 1 : 0);
            }
            default -> throw Errno.ENOPROTOOPT.exception();
        }
    }

    @Override
    public void bind(Task task, byte[] address) {
        NetlinkAddress wanted = NetlinkAddress.parse(address);
        if (wanted.groups() != 0) {
            checkMayListen(task);
        }
        boolean wasBound = port() != 0;
        if (!wasBound && wanted.port() == 0) {
            bindIfNot(task);
        } else if (!wasBound) {
            if (!sockets.netlinkPorts().bind(this, wanted.port())) {
                throw Errno.EADDRINUSE.exception();
            }
            keepPort(wanted.port());
        }
        if ((wasBound || wanted.port() != 0) && wanted.port() != port()) {
            throw Errno.EINVAL.exception();
        }
        long mask = 0xffff_ffffL;
        long known = mask & (1L << protocol.groups()) - 1;
        groups.getAndUpdate(old -> old & ~mask | wanted.groups() & known);
    }

    private void bindIfNot(Task task) {
        if (port.get() == 0) {
            int wanted = task.pids().seen(task.tgid());
            keepPort(sockets.netlinkPorts().bindToAny(this, wanted));
        }
    }

    /** Another thread may have been faster: a socket has one port. */
    private void keepPort(int taken) {
        if (!port.compareAndSet(0, taken)) {
            sockets.netlinkPorts().unbind(this, taken);
        }
    }

    private void checkMayListen(Task task) {
        if (!protocol.anybodyListens() && !sockets.allows(task, Capabilities.CAP_NET_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    private void checkMaySendTo(Task task, NetlinkAddress target) {
        boolean toKernel = target.port() == 0 && target.groups() == 0;
        if (!toKernel
                && !protocol.anybodySends()
                && !sockets.allows(task, Capabilities.CAP_NET_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    @Override
    public long connect(Task task, byte[] address) {
        if (address.length < Short.BYTES) {
            throw Errno.EINVAL.exception();
        }
        if (address[0] == SocketConstants.AF_UNSPEC && address[1] == 0) {
            connected = false;
            destination = new NetlinkAddress(0, 0);
            return 0;
        }
        NetlinkAddress target = NetlinkAddress.parse(address);
        checkMaySendTo(task, target);
        bindIfNot(task);
        destination = target;
        connected = true;
        return 0;
    }

    @Override
    public void listen(int backlog) {
        throw Errno.EOPNOTSUPP.exception();
    }

    @Override
    public Accepted accept() {
        throw Errno.EOPNOTSUPP.exception();
    }

    @Override
    public void shutdown(int how) {
        throw Errno.EOPNOTSUPP.exception();
    }

    @Override
    public long send(Task task, IoBuffer source, SendRequest request) {
        if ((request.flags() & SocketConstants.MSG_OOB) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        long length = source.remaining();
        if (length == 0) {
            throw Errno.ENODATA.exception();
        }
        NetlinkAddress target = destination;
        if (request.destination().isPresent()) {
            target = NetlinkAddress.parse(request.destination().get());
            checkMaySendTo(task, target);
        }
        bindIfNot(task);
        if (length > options().sendBufferBytes() - 32L) {
            throw Errno.EMSGSIZE.exception();
        }
        if (length > MOST_BYTES) {
            throw Errno.ENOBUFS.exception();
        }
        long before = source.transferred();
        byte[] data = new byte[(int) length];
        if (source.get(MemorySegment.ofArray(data), 0, length) < length) {
            throw Errno.EFAULT.exception();
        }
        int group = target.firstGroup();
        Datagram sent = new Datagram(data, port(), group, request.credentials(), request.process());
        if (group != 0) {
            broadcast(sent);
        }
        long result = unicast(task, target.port(), sent);
        if (result == Errno.EAGAIN.negated()) {
            source.rewind(before);
        } else {
            // Open files may be sent, but nobody gets them: netlink_sendmsg().
            request.rights().forEach(FileDescription::release);
        }
        return result;
    }

    private void broadcast(Datagram sent) {
        for (NetlinkSocket member : sockets.netlinkPorts().members(protocol(), sent.group())) {
            if (member != this) {
                member.deliver(sent);
            }
        }
    }

    private long unicast(Task task, int to, Datagram sent) {
        long length = sent.data().length;
        if (to == 0) {
            NetlinkFamily family = protocol.kernel();
            if (family == null) {
                if (sent.group() != 0) {
                    return length;
                }
                throw Errno.ECONNREFUSED.exception();
            }
            Requests.handle(task, this, sent.data(), family);
            return length;
        }
        NetlinkSocket target = sockets.netlinkPorts().find(protocol(), to);
        if (target == null || target.connected && target.destination.port() != port()) {
            throw Errno.ECONNREFUSED.exception();
        }
        byte[] kept = target.filtered(sent.data());
        if (kept == null) {
            return length;
        }
        Datagram arriving =
                new Datagram(kept, sent.port(), sent.group(), sent.credentials(), sent.process());
        if (!target.received.offer(arriving, target.options().receiveBufferBytes())) {
            if (target.received.isClosed()) {
                throw Errno.ECONNREFUSED.exception();
            }
            return Errno.EAGAIN.negated();
        }
        target.waitQueue().wakeAll(READABLE);
        // Not what was sent: netlink_sendskb() looks at what the filter left.
        return kept.length;
    }

    @Override
    public WaitQueue sendQueue(Task task, SendRequest request) {
        int to = request.destination().map(NetlinkAddress::parse).orElse(destination).port();
        NetlinkSocket target = sockets.netlinkPorts().find(protocol(), to);
        return target == null ? waitQueue() : target.waitQueue();
    }

    /** What the kernel has to say, to a group or 0; if there is no room, the socket learns that. */
    void deliverFromKernel(byte[] data, int group) {
        deliver(Datagram.fromKernel(data, group));
    }

    private void deliver(Datagram datagram) {
        byte[] kept = filtered(datagram.data());
        if (kept == null) {
            return;
        }
        Datagram arriving =
                new Datagram(
                        kept,
                        datagram.port(),
                        datagram.group(),
                        datagram.credentials(),
                        datagram.process());
        if (received.offer(arriving, options().receiveBufferBytes())) {
            waitQueue().wakeAll(READABLE);
        } else if (!isOn(NetlinkConstants.NETLINK_NO_ENOBUFS)) {
            error.set(Errno.ENOBUFS.number());
            waitQueue().wakeAll(READABLE | PollFlags.POLLERR);
        }
    }

    /**
     * Begins a dump: its first piece waits when this returns.
     *
     * @throws dev.moat.abi.ErrnoException EBUSY: another one is not yet read
     */
    void begin(Dump wanted) {
        lock.lock();
        try {
            if (dump != null) {
                throw Errno.EBUSY.exception();
            }
            dump = wanted;
        } finally {
            lock.unlock();
        }
        tellMore();
    }

    /** netlink_dump(): one more piece, or that it is done; another one if it was taken at once. */
    private void tellMore() {
        Dump current = takeTurn();
        while (current != null) {
            byte[] piece = current.next();
            boolean done = piece.length == 0;
            if (done) {
                endTurn(true);
                piece = end(current);
            }
            deliverFromKernel(piece, 0);
            if (done) {
                return;
            }
            endTurn(false);
            // Who took the piece meanwhile found that it was not its turn.
            current = received.isEmpty() ? takeTurn() : null;
        }
    }

    private byte[] end(Dump dumped) {
        return new MessageBuilder(
                        NetlinkConstants.NLMSG_DONE,
                        NetlinkConstants.NLM_F_MULTI,
                        dumped.sequence(),
                        port())
                .number(0)
                .finish();
    }

    /** The dump whose next piece the caller makes, with no lock held; null if there is none. */
    private @Nullable Dump takeTurn() {
        lock.lock();
        try {
            boolean full = received.chargedBytes() > options().receiveBufferBytes() / 2;
            if (dump == null || telling || full) {
                return null;
            }
            telling = true;
            return dump;
        } finally {
            lock.unlock();
        }
    }

    private void endTurn(boolean done) {
        lock.lock();
        try {
            telling = false;
            if (done) {
                dump = null;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long receive(Task task, IoBuffer target, int messageFlags, ReceivedMessage out) {
        if ((messageFlags & SocketConstants.MSG_OOB) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (takeError() != 0) {
            // The only one that a socket gets.
            throw Errno.ENOBUFS.exception();
        }
        long result = received.take(target, messageFlags, out);
        if (result != Errno.EAGAIN.negated()) {
            waitQueue().wakeAll(WRITABLE);
            tellMore();
        }
        return result;
    }

    @Override
    public boolean reserveNotice(int lengthBytes) {
        return received.reserve(Datagram.chargedBytes(lengthBytes), options().receiveBufferBytes());
    }

    @Override
    public void cancelNotice(int lengthBytes) {
        received.cancel(Datagram.chargedBytes(lengthBytes));
        waitQueue().wakeAll(WRITABLE);
    }

    @Override
    public void deliverNotice(byte[] notice) {
        received.addReserved(Datagram.fromKernel(notice, 0));
        waitQueue().wakeAll(READABLE);
    }

    @Override
    public WaitQueue noticeQueue() {
        return waitQueue();
    }

    @Override
    public byte[] localAddress() {
        return new NetlinkAddress(port(), groups()).encode();
    }

    @Override
    public byte[] peerAddress() {
        return NetlinkAddress.of(destination.port(), destination.firstGroup()).encode();
    }

    @Override
    public boolean isListening() {
        return false;
    }

    @Override
    public int takeError() {
        return error.getAndSet(0);
    }

    @Override
    public int waitingBytes() {
        return received.firstBytes();
    }

    @Override
    public int unreceivedBytes() {
        return 0;
    }

    @Override
    public @Nullable PeerProcess peerProcess() {
        return null;
    }

    @Override
    public Ucred peerCredentials() {
        return NOBODY;
    }

    @Override
    public int readiness() {
        int ready = WRITABLE;
        if (!received.isEmpty()) {
            ready |= READABLE;
        }
        if (error.get() != 0) {
            ready |= PollFlags.POLLERR;
        }
        return ready;
    }

    @Override
    protected void closed() {
        received.close();
        waitQueue().wakeAll(WRITABLE | PollFlags.POLLHUP);
        if (port() != 0) {
            sockets.netlinkPorts().unbind(this, port());
        }
    }
}
