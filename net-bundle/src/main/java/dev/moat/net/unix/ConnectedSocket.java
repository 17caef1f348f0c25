package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.OwnerSignals;
import dev.moat.net.Accepted;
import dev.moat.net.PeerProcess;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.SandboxSockets;
import dev.moat.net.SendRequest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A local socket of type SOCK_STREAM or SOCK_SEQPACKET: listening, connected, or neither. */
@Stateful
final class ConnectedSocket extends UnixSocket {
    /** Bytes that one packet of a stream carries at most: UNIX_SKB_FRAGS_SZ and a page's head. */
    private static final int CHUNK_BYTES = SendBuffer.STREAM_HEAD_BYTES + (32 << 10);

    /** The other end; it stays when that is closed, so that what it sent can still be received. */
    private volatile @Nullable ConnectedSocket peer;

    /** Connections to accept, guarded by the lock; null unless listening. */
    private @Nullable ArrayDeque<ConnectedSocket> backlog;

    private volatile boolean listening;
    private volatile int backlogLimit;
    private volatile boolean closed;
    private volatile boolean sendShut;

    /** Its listener was closed before anybody accepted it. */
    private volatile boolean abandoned;

    /** It was made by connect(2) and waits to be accepted: until then its number is not told. */
    private volatile boolean pending;

    ConnectedSocket(SandboxSockets sockets, int type, int flags) {
        super(sockets, type, flags);
    }

    /** socketpair(2). */
    void pairWith(ConnectedSocket other, Task task) {
        join(this, other);
        setPeer(task);
        other.setPeer(task);
    }

    private static void join(ConnectedSocket a, ConnectedSocket b) {
        a.peer = b;
        b.peer = a;
    }

    @Override
    public long connect(Task task, byte[] address) {
        UnixAddress target = UnixAddress.parse(address);
        nameIfTold();
        ConnectedSocket listener = (ConnectedSocket) find(task, target);
        if (!listener.listening || listener.closed) {
            throw Errno.ECONNREFUSED.exception();
        }
        if (listener.isBacklogFull()) {
            return Errno.EAGAIN.negated();
        }
        // The state of this side is looked at last: unix_stream_connect().
        if (peer != null) {
            throw Errno.EISCONN.exception();
        }
        if (listening) {
            throw Errno.EINVAL.exception();
        }
        checkInScope(task, listener);
        ConnectedSocket server = new ConnectedSocket(sockets(), type(), 0);
        server.chargeOnce();
        server.nameAs(listener.name());
        server.setPeer(task);
        server.pending = true;
        setPeer(listener.listenerCredentials, listener.listenerProcess);
        join(this, server);
        if (!listener.offer(server)) {
            peer = null;
            server.peer = null;
            server.release();
            throw Errno.ECONNREFUSED.exception();
        }
        listener.waitQueue().wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        return 0;
    }

    /** Who called listen(2): the peer that connecting processes see. */
    private volatile Ucred listenerCredentials = new Ucred(0, -1, -1);

    private volatile @Nullable PeerProcess listenerProcess;

    void noteListener(Task task) {
        listenerCredentials = SendRequest.credentialsOf(task);
        listenerProcess = PeerProcess.of(task);
    }

    @Override
    public WaitQueue connectQueue(Task task, byte[] address) {
        return find(task, UnixAddress.parse(address)).waitQueue();
    }

    private boolean isBacklogFull() {
        lock().lock();
        try {
            ArrayDeque<ConnectedSocket> queue = backlog;
            return queue != null && queue.size() > backlogLimit;
        } finally {
            lock().unlock();
        }
    }

    private boolean offer(ConnectedSocket server) {
        lock().lock();
        try {
            ArrayDeque<ConnectedSocket> queue = backlog;
            if (queue == null || closed) {
                return false;
            }
            queue.addLast(server);
            return true;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public void listen(int limit) {
        if (name() instanceof UnixAddress.Unnamed || peer != null) {
            throw Errno.EINVAL.exception();
        }
        lock().lock();
        try {
            if (backlog == null) {
                backlog = new ArrayDeque<>();
            }
            backlogLimit =
                    limit < 0
                            ? SocketConstants.SOMAXCONN
                            : Math.min(limit, SocketConstants.SOMAXCONN);
            listening = true;
        } finally {
            lock().unlock();
        }
    }

    @Override
    public Accepted accept() {
        if (!listening) {
            throw Errno.EINVAL.exception();
        }
        ConnectedSocket connection;
        lock().lock();
        try {
            ArrayDeque<ConnectedSocket> queue = backlog;
            connection = queue == null ? null : queue.pollFirst();
        } finally {
            lock().unlock();
        }
        if (connection == null) {
            return Accepted.NONE;
        }
        connection.pending = false;
        sockets().openSockets().add(connection);
        waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
        return new Accepted(connection);
    }

    @Override
    public boolean isListening() {
        return listening;
    }

    /** unix_seqpacket_sendmsg(). */
    @Override
    public void checkSends() {
        if (keepsBorders()) {
            throwError();
            if (peer == null) {
                throw Errno.ENOTCONN.exception();
            }
        }
    }

    @Override
    public long send(Task task, IoBuffer source, SendRequest request) {
        checkSends();
        boolean urgent = (request.flags() & SocketConstants.MSG_OOB) != 0;
        if (urgent && (keepsBorders() || source.remaining() == 0)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        // A destination of SOCK_SEQPACKET is not looked at: unix_seqpacket_sendmsg().
        if (request.destination().isPresent() && !keepsBorders()) {
            throw (peer != null ? Errno.EISCONN : Errno.EOPNOTSUPP).exception();
        }
        ConnectedSocket other = peer;
        if (other == null) {
            throw Errno.ENOTCONN.exception();
        }
        long length = source.remaining();
        if (keepsBorders() && length > options().sendBufferBytes() - 32L) {
            throw Errno.EMSGSIZE.exception();
        }
        if (sendShut || other.received().isClosed()) {
            throw Errno.EPIPE.exception();
        }
        if (keepsBorders()) {
            long result = sendMessage(task, other, source, request);
            return told(other, result);
        }
        checkTakesRights(other, request);
        return told(other, sendStream(task, other, source, request, urgent));
    }

    private static long told(ConnectedSocket other, long result) {
        if (result == Errno.EPIPE.negated()) {
            throw Errno.EPIPE.exception();
        }
        if (result >= 0) {
            other.waitQueue().wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        }
        return result;
    }

    /**
     * Sends bytes of a stream, as many as there is room for.
     *
     * @param urgent whether the last byte goes as urgent data
     * @return bytes taken, or -EAGAIN; -EPIPE if the receiver is gone; rights pass only if bytes
     *     were taken
     */
    private long sendStream(
            Task task,
            ConnectedSocket other,
            IoBuffer source,
            SendRequest request,
            boolean urgent) {
        long total = 0;
        SendRequest riding = request;
        while (source.remaining() > 0) {
            if (other.received().isClosed()) {
                return total > 0 ? total : Errno.EPIPE.negated();
            }
            if (!hasSendRoom()) {
                return total > 0 ? total : Errno.EAGAIN.negated();
            }
            if (!riding.rights().isEmpty()) {
                sockets().inFlight().checkMaySend(task);
            }
            boolean last = urgent && source.remaining() == 1;
            // A packet takes half of what may wait, so that two fit: unix_stream_sendmsg().
            long most = Math.min(CHUNK_BYTES, options().sendBufferBytes() / 2 - 64);
            long wanted = Math.min(most, source.remaining() - (urgent && !last ? 1 : 0));
            int charge = SendBuffer.ofStream((int) wanted);
            if (!sendBuffer().tryReserve(charge, riding.rights().size())) {
                return total > 0 ? total : Errno.ENOBUFS.negated();
            }
            // Guest memory is copied before a lock is taken: it may fault.
            byte[] data = new byte[(int) wanted];
            long taken = source.get(MemorySegment.ofArray(data), 0, data.length);
            if (taken < data.length) {
                // What one packet was to hold is lost with it, as in Linux.
                return total > 0 ? total : Errno.EFAULT.negated();
            }
            Packet packet = new Packet(data, riding, sourceAddress(), sendBuffer(), charge, 0);
            sockets().inFlight().add(other, riding.rights(), task.credentials().uid());
            boolean added =
                    last ? other.received().addUrgent(packet) : other.received().add(packet);
            if (!added) {
                sockets().inFlight().remove(other, riding.rights());
                return total > 0 ? total : Errno.EPIPE.negated();
            }
            riding = riding.withoutRights();
            total += taken;
            if (last) {
                OwnerSignals.urgent(sockets().sandbox().tasks(), other.signalOwner());
                other.waitQueue().wakeAll(PollFlags.POLLPRI);
            }
        }
        return total;
    }

    private long sendMessage(
            Task task, ConnectedSocket other, IoBuffer source, SendRequest request) {
        if (!hasSendRoom()) {
            return Errno.EAGAIN.negated();
        }
        long length = source.remaining();
        byte[] data = other.filtered(copied(task, source, request));
        if (data == null) {
            sockets().inFlight().release(request.rights());
            return length;
        }
        checkTakesRights(other, request);
        sockets().inFlight().add(other, request.rights(), task.credentials().uid());
        if (other.received().add(message(other, data, request, sourceAddress()))) {
            return length;
        }
        sockets().inFlight().remove(other, request.rights());
        return Errno.EPIPE.negated();
    }

    private static void checkTakesRights(ConnectedSocket other, SendRequest request) {
        if (!request.rights().isEmpty() && !other.options().passRights()) {
            throw Errno.EPERM.exception();
        }
    }

    @Override
    public long receive(Task task, IoBuffer target, int messageFlags, ReceivedMessage out) {
        ConnectedSocket other = peer;
        if (other == null) {
            throw (keepsBorders() ? Errno.ENOTCONN : Errno.EINVAL).exception();
        }
        if ((messageFlags & SocketConstants.MSG_OOB) != 0) {
            if (keepsBorders()) {
                throw Errno.EOPNOTSUPP.exception();
            }
            return received().takeUrgent(this, target, messageFlags, out);
        }
        if (keepsBorders()) {
            // A message waits behind an error, a stream's bytes do not.
            throwError();
        }
        long result =
                keepsBorders()
                        ? received().takeMessage(this, target, messageFlags, out)
                        : received().takeStream(this, target, messageFlags, out);
        if (result == 0 && received().isEnded() && received().isEmpty()) {
            throwError();
        }
        if (result > 0) {
            other.waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
        }
        return result;
    }

    @Override
    public void shutdown(int how) {
        // Also of one that is not connected: unix_shutdown() looks at no state.
        if (how != SocketConstants.SHUT_RD) {
            sendShut = true;
        }
        if (how != SocketConstants.SHUT_WR) {
            received().end();
        }
        int events = PollFlags.POLLIN | PollFlags.POLLOUT | PollFlags.POLLRDHUP | PollFlags.POLLHUP;
        waitQueue().wakeAll(events);
        ConnectedSocket other = peer;
        if (other == null) {
            return;
        }
        if (how != SocketConstants.SHUT_RD) {
            other.received().end();
        }
        if (how != SocketConstants.SHUT_WR) {
            other.sendShut = true;
        }
        other.waitQueue().wakeAll(events);
    }

    @Override
    public boolean isConnected() {
        return peer != null;
    }

    @Override
    public long peerNumber() {
        ConnectedSocket other = peer;
        if (other == null || other.pending || other.received().isClosed()) {
            return 0;
        }
        return other.inode().number();
    }

    @Override
    public List<Long> pendingNumbers() {
        lock().lock();
        try {
            ArrayDeque<ConnectedSocket> queue = backlog;
            return queue == null
                    ? List.of()
                    : queue.stream().map(ConnectedSocket::peerNumber).toList();
        } finally {
            lock().unlock();
        }
    }

    @Override
    public int backlogLimit() {
        return backlogLimit;
    }

    @Override
    public int shutDown() {
        ConnectedSocket other = peer;
        boolean gone = other != null && other.received().isClosed();
        return (received().isEnded() || gone ? RECEIVE_SHUT : 0)
                | (sendShut || gone ? SEND_SHUT : 0);
    }

    @Override
    public byte[] peerAddress() {
        ConnectedSocket other = peer;
        if (other == null) {
            throw Errno.ENOTCONN.exception();
        }
        return other.localAddress();
    }

    @Override
    public int readiness() {
        if (listening) {
            lock().lock();
            try {
                ArrayDeque<ConnectedSocket> queue = backlog;
                return queue != null && !queue.isEmpty()
                        ? PollFlags.POLLIN | PollFlags.POLLRDNORM
                        : 0;
            } finally {
                lock().unlock();
            }
        }
        ConnectedSocket other = peer;
        if (other == null) {
            return WRITABLE | PollFlags.POLLHUP;
        }
        int ready = 0;
        if (!received().isEmpty() || received().isEnded()) {
            ready |= PollFlags.POLLIN | PollFlags.POLLRDNORM;
        }
        if (received().isEnded()) {
            ready |= PollFlags.POLLRDHUP;
        }
        if (received().isUrgent()) {
            ready |= PollFlags.POLLPRI;
        }
        if (hasError()) {
            ready |= PollFlags.POLLERR;
        }
        boolean gone = other.received().isClosed();
        if (received().isEnded() && (sendShut || gone)) {
            ready |= PollFlags.POLLHUP;
        }
        if (sendShut || gone || isSendRoomy()) {
            ready |= WRITABLE;
        }
        return ready;
    }

    @Override
    protected void closed() {
        ArrayDeque<ConnectedSocket> refused;
        lock().lock();
        try {
            closed = true;
            refused = backlog;
            backlog = null;
        } finally {
            lock().unlock();
        }
        unbind();
        // Who waits for room in the backlog is refused.
        waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLHUP);
        if (refused != null) {
            refused.forEach(connection -> connection.abandoned = true);
            sockets().inFlight().release(List.copyOf(refused));
        }
        boolean unread = received().close(this);
        collectGarbage();
        ConnectedSocket other = peer;
        if (other != null) {
            if (unread || abandoned) {
                other.setReset();
            }
            other.received().end();
            other.waitQueue()
                    .wakeAll(
                            PollFlags.POLLIN
                                    | PollFlags.POLLOUT
                                    | PollFlags.POLLRDHUP
                                    | PollFlags.POLLHUP);
        }
    }
}
