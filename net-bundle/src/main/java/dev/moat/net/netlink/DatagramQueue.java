package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.net.ReceivedMessage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was sent to a netlink socket and not yet received, in order. Thread safe. */
@Stateful
final class DatagramQueue {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final ArrayDeque<Datagram> waiting = new ArrayDeque<>();

    /** Changed under the lock; read without it for readiness. */
    private volatile int chargedBytes;

    /** Pays for it; null: an earlier revision made the socket. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.SOCKETS);

    private volatile int count;
    private volatile boolean closed;

    /** Memory that what waits takes, and what will be put in for sure. */
    int chargedBytes() {
        return chargedBytes;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isClosed() {
        return closed;
    }

    /** Bytes of the first datagram, 0 if there is none. */
    int firstBytes() {
        lock.lock();
        try {
            Datagram first = waiting.peekFirst();
            return first == null ? 0 : first.data().length;
        } finally {
            lock.unlock();
        }
    }

    /** Puts a datagram in unless there is no room, or nobody to take it. */
    boolean offer(Datagram datagram, int limitBytes) {
        lock.lock();
        try {
            if (closed
                    || chargedBytes > limitBytes
                    || !HeapCharge.tryGrow(heap, datagram.chargedBytes())) {
                return false;
            }
            chargedBytes = chargedBytes + datagram.chargedBytes();
            addLocked(datagram);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps room for a datagram that comes later; false if there is none now. */
    boolean reserve(int lengthBytes, int limitBytes) {
        lock.lock();
        try {
            if (chargedBytes > limitBytes) {
                return false;
            }
            chargedBytes = chargedBytes + lengthBytes;
            if (!closed && heap != null) {
                heap.grow(lengthBytes);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives room back that was kept. */
    void cancel(int lengthBytes) {
        lock.lock();
        try {
            chargedBytes = chargedBytes - lengthBytes;
            if (!closed) {
                HeapCharge.shrink(heap, lengthBytes);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Puts in a datagram that room was kept for; it is gone if nobody can take it any more. */
    void addReserved(Datagram datagram) {
        lock.lock();
        try {
            if (!closed) {
                addLocked(datagram);
            }
        } finally {
            lock.unlock();
        }
    }

    private void addLocked(Datagram datagram) {
        waiting.addLast(datagram);
        count = count + 1;
    }

    /** Takes one datagram, cut to the buffer: bytes copied, or -EAGAIN, -EFAULT. */
    long take(IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        lock.lock();
        try {
            Datagram first = waiting.peekFirst();
            if (first == null) {
                return Errno.EAGAIN.negated();
            }
            if (!peek) {
                waiting.removeFirst();
                count = count - 1;
                chargedBytes = chargedBytes - first.chargedBytes();
                HeapCharge.shrink(heap, first.chargedBytes());
            }
            int length = first.data().length;
            long wanted = Math.min(length, target.remaining());
            long moved = target.put(MemorySegment.ofArray(first.data()), 0, wanted);
            if (moved < wanted && target.faulted()) {
                return Errno.EFAULT.negated();
            }
            byte[] from = NetlinkAddress.of(first.port(), first.group()).encode();
            out.take(first.credentials(), first.process(), from, 0, List.of());
            out.noteGroup(first.group());
            out.note(moved < length ? SocketConstants.MSG_TRUNC : 0, length);
            return (flags & SocketConstants.MSG_TRUNC) != 0 ? length : moved;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody receives any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            count = 0;
            if (heap != null) {
                heap.clear();
            }
        } finally {
            lock.unlock();
        }
    }
}
