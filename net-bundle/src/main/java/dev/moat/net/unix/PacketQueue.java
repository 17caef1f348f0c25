package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.InFlight;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.SocketOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was sent to a socket and not yet received, in order. Open files are released without the
 * lock: closing them may lead to other queues.
 */
@Stateful
final class PacketQueue {
    /** One more than net.unix.max_dgram_qlen, as unix_recvq_full() compares. */
    private static final int MAX_MESSAGES = 11;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final ArrayDeque<Packet> packets = new ArrayDeque<>();

    /** Urgent data that waits to be taken with MSG_OOB; it lies in the queue, too. */
    private volatile @Nullable Packet urgent;

    /** Written under the lock; read without it for readiness. */
    private volatile long bytes;

    private volatile int count;

    /** No more packets will come. */
    private volatile boolean ended;

    /** The receiver takes no more. */
    private volatile boolean closed;

    /** Whether one more message may wait. */
    boolean hasRoom() {
        return count < MAX_MESSAGES;
    }

    /** Adds a message; false if the receiver is gone. */
    boolean add(Packet packet) {
        return add(packet, false);
    }

    /**
     * Adds urgent data, which takes the place of what was urgent; false if the receiver is gone.
     */
    boolean addUrgent(Packet packet) {
        return add(packet, true);
    }

    private boolean add(Packet packet, boolean isUrgent) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            packet.charge();
            packets.addLast(packet);
            bytes += packet.remaining();
            count++;
            if (isUrgent) {
                urgent = packet;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes bytes of a stream: bytes, 0 at the end, or -EAGAIN. */
    long takeStream(UnixSocket owner, IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        List<FileDescription> dropped = new ArrayList<>(0);
        long result;
        lock.lock();
        try {
            result = takeStreamLocked(owner, target, peek, out, dropped);
        } finally {
            lock.unlock();
        }
        settle(owner, out, peek, dropped);
        return result;
    }

    private long takeStreamLocked(
            UnixSocket owner,
            IoBuffer target,
            boolean peek,
            ReceivedMessage out,
            List<FileDescription> dropped) {
        SocketOptions options = owner.options();
        long skip = peek ? Math.max(0, options.peekOffset()) : 0;
        long total = 0;
        boolean seen = false;
        Packet before = null;
        Iterator<Packet> waiting = packets.iterator();
        // Who wants no bytes still learns whose they are, and gets what comes with them.
        while (waiting.hasNext() && (before == null || target.remaining() > 0)) {
            Packet packet = waiting.next();
            boolean mark = packet.remaining() == 0;
            if (mark || packet == urgent) {
                if (total > 0) {
                    // What is before urgent data is read apart from it: manage_oob().
                    out.noteMark();
                    break;
                }
                if (passesOver(packet, mark, peek, options)) {
                    if (!peek) {
                        waiting.remove();
                        dropped.addAll(forgetLocked(packet));
                    }
                    continue;
                }
            }
            if (skip >= packet.remaining()) {
                skip -= packet.remaining();
                continue;
            }
            if (before != null && !packet.continues(before)) {
                break;
            }
            boolean carried = packet.hasRights();
            if (before == null || carried) {
                take(packet, peek, 0, out);
            }
            seen = true;
            long wanted = packet.remaining() - skip;
            long moved =
                    target.put(
                            MemorySegment.ofArray(packet.data()), packet.consumed() + skip, wanted);
            skip = 0;
            total += moved;
            boolean all = moved == wanted;
            options.movePeekOffset(peek ? moved : -moved);
            if (!peek) {
                bytes -= moved;
                packet.consume(moved);
                if (all) {
                    waiting.remove();
                    forgetLocked(packet);
                }
            }
            if (!all || carried) {
                break;
            }
            before = packet;
        }
        if (total == 0 && target.faulted()) {
            return Errno.EFAULT.negated();
        }
        boolean nothing = !seen && (packets.isEmpty() || target.remaining() > 0);
        return nothing ? atEnd() : total;
    }

    /**
     * Whether a reader goes past a packet: the mark of urgent data that was taken, or such data.
     */
    private boolean passesOver(Packet packet, boolean mark, boolean peek, SocketOptions options) {
        if (mark) {
            return true;
        }
        if (!peek) {
            urgent = null;
        }
        return !options.outOfBandInline();
    }

    /** A packet has left the queue; gives what it carried. */
    private List<FileDescription> forgetLocked(Packet packet) {
        if (packet == urgent) {
            urgent = null;
        }
        bytes -= packet.remaining();
        count--;
        packet.discharge();
        return packet.takeRights();
    }

    private static void take(Packet packet, boolean peek, long arrivalNs, ReceivedMessage out) {
        out.take(
                packet.sender(),
                packet.process(),
                packet.from(),
                arrivalNs,
                peek ? packet.copyRights() : packet.takeRights());
    }

    /**
     * Without the lock: files are on their way no more, and those that nobody wants are released.
     */
    private static void settle(
            UnixSocket owner, ReceivedMessage out, boolean peek, List<FileDescription> dropped) {
        InFlight inFlight = owner.sockets().inFlight();
        if (!peek && !out.rights().isEmpty()) {
            inFlight.remove(owner, out.rights());
        }
        if (!dropped.isEmpty()) {
            inFlight.remove(owner, dropped);
            inFlight.release(dropped);
        }
        List<FileDescription> unwanted = out.takeUnwanted();
        if (!unwanted.isEmpty()) {
            inFlight.release(unwanted);
        }
    }

    /**
     * Takes urgent data: 1, or -EINVAL if there is none or it is read with the rest: the byte's
     * place in the queue stays as a mark.
     */
    long takeUrgent(UnixSocket owner, IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        lock.lock();
        try {
            Packet packet = urgent;
            if (packet == null || owner.options().outOfBandInline() || target.remaining() == 0) {
                return Errno.EINVAL.negated();
            }
            long moved = target.put(MemorySegment.ofArray(packet.data()), packet.consumed(), 1);
            if (!peek) {
                urgent = null;
                bytes--;
                packet.consume(1);
            }
            if (moved == 0) {
                return Errno.EFAULT.negated();
            }
            out.note(SocketConstants.MSG_OOB, 1);
            return 1;
        } finally {
            lock.unlock();
        }
    }

    /** Takes one message, cut to the buffer: bytes copied, 0 at the end, or -EAGAIN. */
    long takeMessage(UnixSocket owner, IoBuffer target, int flags, ReceivedMessage out) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        long result;
        Packet first;
        List<FileDescription> dropped = new ArrayList<>(0);
        lock.lock();
        try {
            first = packets.peekFirst();
            result = takeMessageLocked(owner.options(), target, flags, out, dropped);
        } finally {
            lock.unlock();
        }
        settle(owner, out, peek, dropped);
        boolean gone = result >= 0 || result == Errno.EFAULT.negated();
        if (first != null && gone && !peek) {
            first.tellSender();
        }
        return result;
    }

    private long takeMessageLocked(
            SocketOptions options,
            IoBuffer target,
            int flags,
            ReceivedMessage out,
            List<FileDescription> dropped) {
        boolean peek = (flags & SocketConstants.MSG_PEEK) != 0;
        long skip = peek ? Math.max(0, options.peekOffset()) : 0;
        Packet packet = null;
        for (Packet waiting : packets) {
            if (skip < waiting.remaining() || skip == 0) {
                packet = waiting;
                break;
            }
            skip -= waiting.remaining();
        }
        if (packet == null) {
            return atEnd();
        }
        long length = packet.data().length - skip;
        long wanted = Math.min(length, target.remaining());
        long moved = target.put(MemorySegment.ofArray(packet.data()), skip, wanted);
        if (moved < wanted && target.faulted()) {
            if (!peek) {
                // It is lost: unix_dgram_recvmsg().
                packets.removeFirst();
                dropped.addAll(forgetLocked(packet));
            }
            return Errno.EFAULT.negated();
        }
        take(packet, peek, packet.arrivalNs(), out);
        out.note(moved < length ? SocketConstants.MSG_TRUNC : 0, length);
        options.movePeekOffset(peek ? moved : -length);
        if (!peek) {
            packets.removeFirst();
            forgetLocked(packet);
        }
        return (flags & SocketConstants.MSG_TRUNC) != 0 ? length : moved;
    }

    private long atEnd() {
        return ended ? 0 : Errno.EAGAIN.negated();
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

    /** Whether urgent data waits: POLLPRI. */
    boolean isUrgent() {
        return urgent != null;
    }

    /** Whether a reader stands at urgent data, or where it was taken: SIOCATMARK. */
    boolean isAtMark() {
        lock.lock();
        try {
            Iterator<Packet> waiting = packets.iterator();
            if (!waiting.hasNext()) {
                return false;
            }
            Packet first = waiting.next();
            Packet next = waiting.hasNext() ? waiting.next() : null;
            Packet pressing = urgent;
            return first == pressing
                    || first.remaining() == 0 && (pressing == null || next == pressing);
        } finally {
            lock.unlock();
        }
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
    boolean close(UnixSocket owner) {
        lock.lock();
        try {
            closed = true;
            ended = true;
        } finally {
            lock.unlock();
        }
        return clear(owner);
    }

    /**
     * Throws away what waits: nobody will receive it. Tells whether there was anything but marks of
     * urgent data.
     */
    boolean clear(UnixSocket owner) {
        List<Packet> thrown;
        List<FileDescription> files = new ArrayList<>(0);
        boolean unread = false;
        lock.lock();
        try {
            thrown = List.copyOf(packets);
            packets.clear();
            for (Packet packet : thrown) {
                unread |= packet.remaining() > 0 || owner.keepsMessages();
                files.addAll(forgetLocked(packet));
            }
        } finally {
            lock.unlock();
        }
        if (!files.isEmpty()) {
            owner.sockets().inFlight().remove(owner, files);
            owner.sockets().inFlight().release(files);
        }
        thrown.forEach(Packet::tellSender);
        return unread;
    }
}
