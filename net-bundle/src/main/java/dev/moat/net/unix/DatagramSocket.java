package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.net.Accepted;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.SandboxSockets;
import dev.moat.net.SendRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A local socket of type SOCK_DGRAM. */
@Stateful
final class DatagramSocket extends UnixSocket {
    /** Where send(2) goes; set by connect(2) and socketpair(2). */
    private volatile @Nullable DatagramSocket peer;

    private volatile boolean sendShut;
    private volatile boolean receiveShut;

    DatagramSocket(SandboxSockets sockets, int flags) {
        super(sockets, SocketConstants.SOCK_DGRAM, flags);
    }

    void pairWith(DatagramSocket other, Task task) {
        peer = other;
        other.peer = this;
        setPeer(task);
        other.setPeer(task);
    }

    @Override
    public long connect(Task task, byte[] address) {
        boolean dissolves = address.length >= 2 && address[0] == 0 && address[1] == 0;
        UnixAddress wanted = dissolves ? new UnixAddress.Unnamed() : UnixAddress.parse(address);
        if (!dissolves) {
            nameIfTold();
        }
        DatagramSocket target = dissolves ? null : (DatagramSocket) find(task, wanted);
        if (target != null) {
            checkMaySend(task, target);
        }
        peer = target;
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
    public boolean isListening() {
        return false;
    }

    @Override
    public long send(Task task, IoBuffer source, SendRequest request) {
        if ((request.flags() & SocketConstants.MSG_OOB) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        request.destination().ifPresent(UnixAddress::parse);
        nameIfTold();
        long length = source.remaining();
        if (length > options().sendBufferBytes() - 32L) {
            throw Errno.EMSGSIZE.exception();
        }
        if (sendShut) {
            throw Errno.EPIPE.exception();
        }
        if (!hasSendRoom()) {
            return Errno.EAGAIN.negated();
        }
        // The message is made before anybody looks where it goes: unix_dgram_sendmsg().
        long before = source.transferred();
        byte[] sent = copied(task, source, request);
        DatagramSocket target = target(task, request);
        byte[] data = target.filtered(sent);
        if (data == null) {
            sockets().inFlight().release(request.rights());
            return length;
        }
        checkMaySend(task, target);
        if (target.received().isClosed()) {
            if (target == peer) {
                // The connection is dissolved: unix_dgram_sendmsg().
                peer = null;
            }
            throw Errno.ECONNREFUSED.exception();
        }
        if (target.receiveShut) {
            throw Errno.EPIPE.exception();
        }
        if (!request.rights().isEmpty() && !target.options().passRights()) {
            throw Errno.EPERM.exception();
        }
        if (isFull(target)) {
            source.rewind(before);
            return Errno.EAGAIN.negated();
        }
        Packet packet = message(target, data, request, sourceAddress());
        sockets().inFlight().add(target, request.rights(), task.credentials().uid());
        if (!target.received().add(packet)) {
            sockets().inFlight().remove(target, request.rights());
            throw Errno.ECONNREFUSED.exception();
        }
        target.waitQueue().wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        return length;
    }

    /** Ends of a pair bound each other by what they send only. */
    private boolean isFull(DatagramSocket target) {
        return target != this && target.peer != this && !target.received().hasRoom();
    }

    /** EPERM for a socket that is connected to another one: unix_may_send(). */
    private void checkMaySend(Task task, DatagramSocket target) {
        DatagramSocket only = target.peer;
        if (only != null && only != this) {
            throw Errno.EPERM.exception();
        }
        // Whom it is connected to it may send to, whoever it was that connected it.
        if (target != peer) {
            checkInScope(task, target);
        }
    }

    private DatagramSocket target(Task task, SendRequest request) {
        if (request.destination().isPresent()) {
            return (DatagramSocket) find(task, UnixAddress.parse(request.destination().get()));
        }
        DatagramSocket connected = peer;
        if (connected == null) {
            throw Errno.ENOTCONN.exception();
        }
        return connected;
    }

    @Override
    public WaitQueue sendQueue(Task task, SendRequest request) {
        return hasSendRoom() ? target(task, request).waitQueue() : waitQueue();
    }

    @Override
    public long receive(Task task, IoBuffer target, int messageFlags, ReceivedMessage out) {
        if ((messageFlags & SocketConstants.MSG_OOB) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        boolean mayWait = !isNonBlocking() && (messageFlags & SocketConstants.MSG_DONTWAIT) == 0;
        if (!mayWait && received().isEmpty()) {
            // Only who would wait is told of the end: unix_dgram_recvmsg().
            return Errno.EAGAIN.negated();
        }
        long result = received().takeMessage(this, target, messageFlags, out);
        if (result >= 0) {
            // Senders wait on their own queues (poll) or on this one (send).
            waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
            DatagramSocket connected = peer;
            if (connected != null) {
                connected.waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
            }
        }
        return result;
    }

    @Override
    public void shutdown(int how) {
        if (how != SocketConstants.SHUT_RD) {
            sendShut = true;
        }
        if (how != SocketConstants.SHUT_WR) {
            receiveShut = true;
            received().end();
        }
        waitQueue().wakeAll(PollFlags.POLLIN | PollFlags.POLLOUT | PollFlags.POLLHUP);
    }

    @Override
    public boolean isConnected() {
        return peer != null;
    }

    @Override
    public long peerNumber() {
        DatagramSocket other = peer;
        return other == null || other.received().isClosed() ? 0 : other.inode().number();
    }

    @Override
    public List<Long> pendingNumbers() {
        return List.of();
    }

    @Override
    public int backlogLimit() {
        return 0;
    }

    @Override
    public int shutDown() {
        return (receiveShut ? RECEIVE_SHUT : 0) | (sendShut ? SEND_SHUT : 0);
    }

    @Override
    public byte[] peerAddress() {
        DatagramSocket connected = peer;
        if (connected == null) {
            throw Errno.ENOTCONN.exception();
        }
        return connected.localAddress();
    }

    @Override
    public int readiness() {
        int ready = 0;
        if (!received().isEmpty() || receiveShut) {
            ready |= PollFlags.POLLIN | PollFlags.POLLRDNORM;
        }
        DatagramSocket connected = peer;
        boolean room = connected == null || connected.received().isClosed() || !isFull(connected);
        if (room && isSendRoomy()) {
            ready |= WRITABLE;
        }
        if (sendShut && receiveShut) {
            ready |= PollFlags.POLLHUP;
        }
        return ready;
    }

    @Override
    protected void closed() {
        unbind();
        received().close(this);
        // Who waits for room here has to look anew.
        waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLHUP);
        collectGarbage();
        DatagramSocket connected = peer;
        if (connected != null && connected.peer == this) {
            // One end of a pair: the other learns of it when it sends.
            connected.waitQueue().wakeAll(PollFlags.POLLOUT | PollFlags.POLLHUP);
        }
    }
}
