package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.ReceivedMessage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** What was sent to a socket and not yet received, in order. */
@Stateful
final class PacketQueue {
    /** net.unix.max_dgram_qlen. */
    private static final int MAX_MESSAGES = 10;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final ArrayDeque<Packet> packets = new ArrayDeque<>();

    /** Written under the lock; read without it for readiness. */
    private volatile long bytes;

    private volatile int count;

    /** No more packets will come. */
    private volatile boolean ended;

    /** The receiver takes no more. */
    private volatile boolean closed;

    /**
     * Adds bytes of a stream, as many as there is room for.
     *
     * @param limitBytes how much may wait
     * @return bytes taken, or -EAGAIN; -EPIPE if the receiver is gone; rights pass only if bytes
     *     were taken
     */
    long addStream(
            IoBuffer source,
            int limitBytes,
            int chunkBytes,
            Ucred sender,
            List<FileDescription> rights) {
        long total = 0;
        List<FileDescription> riding = rights;
        while (source.remaining() > 0) {
            long room = limitBytes - bytes;
            if (closed) {
                return total > 0 ? total : Errno.EPIPE.negated();
            }
            if (room <= 0) {
                return total > 0 ? total : Errno.EAGAIN.negated();
            }
            // Guest memory is copied before the lock is taken: it may fault.
            byte[] data = new byte[(int) Math.min(Math.min(room, chunkBytes), source.remaining())];
            long taken = source.get(MemorySegment.ofArray(data), 0, data.length);
            if (taken == 0) {
                return total > 0 ? total : Errno.EFAULT.negated();
            }
            byte[] exact = taken == data.length ? data : Arrays.copyOf(data, (int) taken);
            if (!add(new Packet(exact, sender, NO_ADDRESS, riding))) {
                return total > 0 ? total : Errno.EPIPE.negated();
            }
            riding = List.of();
            total += taken;
        }
        return total;
    }

    /** Whether one more message may wait. */
    boolean hasRoom(int limitBytes, boolean bounded) {
        return bytes < limitBytes && (!bounded || count < MAX_MESSAGES);
    }

    /** Adds a message; false if the receiver is gone. */
    boolean add(Packet packet) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            packets.addLast(packet);
            bytes += packet.data().length;
            count++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes bytes of a stream: bytes, 0 at the end, or -EAGAIN. */
    long takeStream(IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        lock.lock();
        try {
            if (packets.isEmpty()) {
                return ended ? 0 : Errno.EAGAIN.negated();
            }
            long total = 0;
            Packet before = null;
            Iterator<Packet> waiting = packets.iterator();
            while (waiting.hasNext() && target.remaining() > 0) {
                Packet packet = waiting.next();
                if (before != null && !packet.continues(before)) {
                    break;
                }
                boolean first = before == null;
                boolean carried = packet.hasRights();
                if (first || carried) {
                    out.take(
                            packet.sender(),
                            packet.from(),
                            peek ? packet.copyRights() : packet.takeRights());
                }
                long moved =
                        target.put(
                                MemorySegment.ofArray(packet.data()),
                                packet.consumed(),
                                packet.remaining());
                total += moved;
                boolean all = moved == packet.remaining();
                if (!peek) {
                    bytes -= moved;
                    packet.consume(moved);
                    if (all) {
                        waiting.remove();
                        count--;
                    }
                }
                if (!all || carried) {
                    break;
                }
                before = packet;
            }
            return total == 0 && target.faulted() ? Errno.EFAULT.negated() : total;
        } finally {
            lock.unlock();
        }
    }

    /** Takes one message, cut to the buffer: bytes copied, 0 at the end, or -EAGAIN. */
    long takeMessage(IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        lock.lock();
        try {
            Packet packet = packets.peekFirst();
            if (packet == null) {
                return ended ? 0 : Errno.EAGAIN.negated();
            }
            int length = packet.data().length;
            long wanted = Math.min(length, target.remaining());
            long moved = target.put(MemorySegment.ofArray(packet.data()), 0, wanted);
            if (moved < wanted && target.faulted()) {
                return Errno.EFAULT.negated();
            }
            out.take(
                    packet.sender(),
                    packet.from(),
                    peek ? packet.copyRights() : packet.takeRights());
            out.note(moved < length ? SocketConstants.MSG_TRUNC : 0, length);
            if (!peek) {
                packets.removeFirst();
                bytes -= length;
                count--;
            }
            return (flags & SocketConstants.MSG_TRUNC) != 0 ? length : moved;
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isEnded() {
        return ended;
    }

    boolean isClosed() {
        return closed;
    }

    /** Bytes that wait, for FIONREAD; of the first message where borders are kept. */
    long waitingBytes(boolean firstOnly) {
        if (!firstOnly) {
            return bytes;
        }
        lock.lock();
        try {
            Packet first = packets.peekFirst();
            return first == null ? 0 : first.data().length;
        } finally {
            lock.unlock();
        }
    }

    /** The sender is done: what waits may still be received. */
    void end() {
        ended = true;
    }

    /** The receiver is done: what waits is thrown away. Tells whether anything did. */
    boolean close() {
        lock.lock();
        try {
            closed = true;
            ended = true;
            boolean unread = !packets.isEmpty();
            packets.forEach(Packet::discard);
            packets.clear();
            bytes = 0;
            count = 0;
            return unread;
        } finally {
            lock.unlock();
        }
    }

    private static final byte[] NO_ADDRESS = {};
}
