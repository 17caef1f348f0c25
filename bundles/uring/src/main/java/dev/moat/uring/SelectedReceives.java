package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.abi.Iovec;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RECV and RECVMSG into buffers that are chosen when there is something to receive: once or many
 * times, into one or as many as it takes, IORING_RECVSEND_BUNDLE. Source: io_uring/net.c. Lives for
 * one attempt.
 */
final class SelectedReceives {
    /** {@code struct io_uring_recvmsg_out}, which is before each message of many. */
    private static final int OUT_BYTES = 16;

    /** Fields of {@code struct msghdr}. */
    private static final int NAME_LENGTH = 8;

    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;

    private final Ring ring;
    private final Request request;
    private final Sqe sqe;
    private final Selection selection;
    private final OperationCall call;
    private final Operation operation;
    private final boolean many;
    private final boolean bundle;

    /** What the guest says of messages; RECV has none. */
    private MsgHdr given = new MsgHdr(0, 0, 0, 0, 0, 0, 0);

    private boolean gathers;
    private long limitBytes;

    /** Of the next completion: its flags, and whether it is the last one. */
    private int flags;

    private boolean finished;

    SelectedReceives(Ring ring, Request request, Operation operation) {
        this.ring = ring;
        this.request = request;
        this.operation = operation;
        this.sqe = request.sqe();
        this.selection = request.selection();
        this.call = new OperationCall(request);
        this.many = (sqe.priority() & IoUring.IORING_RECV_MULTISHOT) != 0;
        this.bundle = (sqe.priority() & IoUring.IORING_RECVSEND_BUNDLE) != 0;
    }

    /** As {@link OperationCall#run}; ENOBUFS, and what is wrong with the guest's header. */
    long run() {
        request.disarm();
        if (operation == Operation.RECVMSG) {
            readHeader();
        } else {
            limitBytes = Integer.toUnsignedLong(sqe.length());
        }
        int type = call.socketType();
        if (type == 0) {
            return Errno.ENOTSOCK.negated();
        }
        boolean all = (sqe.operationFlags() & SocketConstants.MSG_WAITALL) != 0;
        gathers = all && SelectedMessage.isGathered(type) && given.controlLengthBytes() == 0;
        try (BufferUse use = ring.providedBuffers().use(sqe.bufferIndex(), request)) {
            return use == null ? Request.PENDING : receive(use);
        }
    }

    /** io_msg_copy_hdr: EINVAL, EOVERFLOW. */
    private void readHeader() {
        byte[] header = request.user().copyIn(sqe.addr(), (int) MsgHdr.SIZE);
        given = MsgHdr.readFrom(MemorySegment.ofArray(header), 0);
        if (given.iovCount() != 0 && given.iovCount() != 1
                || given.name() != 0 && given.nameLengthBytes() < 0) {
            throw Errno.EINVAL.exception();
        }
        if (given.iovCount() == 1) {
            byte[] vector = request.user().copyIn(given.iov(), (int) Iovec.SIZE);
            // 32 bits of it count
            int length = (int) Iovec.readFrom(MemorySegment.ofArray(vector), 0).lengthBytes();
            limitBytes = Integer.toUnsignedLong(length);
        }
        if (many && (given.nameLengthBytes() < 0 || isBeyondInt(given.controlLengthBytes()))) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    private boolean isBeyondInt(long controlBytes) {
        long before = (long) OUT_BYTES + given.nameLengthBytes();
        return controlBytes < 0 || controlBytes > Integer.MAX_VALUE - before;
    }

    private long receive(BufferUse use) {
        while (true) {
            long result = receiveOnce(use);
            if (result == Request.PENDING) {
                return result;
            }
            selection.reset();
            if (!many || finished || !ring.postMore(request, result, flags)) {
                request.setBufferFlags(flags);
                return result;
            }
        }
    }

    /** What one completion tells. */
    private long receiveOnce(BufferUse use) {
        BufferChoice choice = choose(use);
        if (choice == null) {
            finished = true;
            boolean known = !bundle || use.isKnown();
            return (known ? Errno.ENOBUFS : Errno.ENOENT).negated();
        }
        boolean headed = many && operation == Operation.RECVMSG;
        long result = headed ? receiveHeaded(use, choice) : receiveAll(use, choice);
        if (result == Request.PENDING) {
            return result;
        }
        long waiting = result < 0 ? 0 : call.waitingBytes();
        if (result <= 0 && !choice.isCommitted()) {
            use.recycle(choice);
            finished = true;
            flags = nonEmpty(waiting);
            return result;
        }
        use.commit(choice, Math.max(0, result));
        flags = choice.flags() | nonEmpty(waiting);
        if (bundle) {
            result = addToBundle(use, choice, result, waiting);
        }
        int limit = sqe.fileIndex();
        finished |= limit != 0 && selection.count(result) >= Integer.toUnsignedLong(limit);
        return result;
    }

    private @Nullable BufferChoice choose(BufferUse use) {
        BufferChoice kept = selection.choice();
        if (kept != null) {
            return kept;
        }
        long limit = limitBytes;
        if (bundle && sqe.fileIndex() != 0) {
            limit = limit == 0 ? leftBytes() : Math.min(limit, leftBytes());
        }
        int most = bundle && limit != 0 ? ProvidedBuffers.MOST_AT_ONCE : 1;
        return use.choose(limit, most);
    }

    private static int nonEmpty(long waiting) {
        return waiting > 0 ? IoUring.IORING_CQE_F_SOCK_NONEMPTY : 0;
    }

    /** A full buffer is not told of alone if more is waiting: once more is received with it. */
    private long addToBundle(BufferUse use, BufferChoice choice, long result, long waiting) {
        finished |= choice.isLast();
        boolean full = result == choice.lengthBytes();
        long left = leftBytes() - result;
        if (choice.isLast() || choice.isCut() || waiting <= 1 || !full || left <= 0) {
            return result;
        }
        selection.reset();
        BufferChoice rest = use.choose(Math.min(waiting, left), ProvidedBuffers.MOST_AT_ONCE);
        if (rest == null) {
            return result;
        }
        // What others have taken meanwhile is not waited for: this much is here to be told.
        long more = receiveInto(rest, 0);
        if (more <= 0) {
            use.recycle(rest);
            request.disarm();
            return result;
        }
        use.commit(rest, more);
        finished |= rest.isLast();
        flags =
                choice.flags()
                        | rest.flags() & IoUring.IORING_CQE_F_BUF_MORE
                        | nonEmpty(call.waitingBytes());
        return result + more;
    }

    /** How much many receives may still tell of. */
    private long leftBytes() {
        long limit = Integer.toUnsignedLong(sqe.fileIndex());
        return limit == 0 ? Long.MAX_VALUE : limit - selection.count(0);
    }

    /** Receives into a choice; all of it if that was asked for. */
    private long receiveAll(BufferUse use, BufferChoice choice) {
        while (true) {
            long done = selection.doneBytes();
            long result = receiveInto(choice, done);
            if (result == Request.PENDING) {
                if (selection.choice() == null) {
                    use.recycle(choice);
                }
                return result;
            }
            if (result <= 0) {
                return done > 0 ? done : result;
            }
            if (!gathers || done + result >= choice.lengthBytes()) {
                return done + result;
            }
            use.commit(choice, choice.lengthBytes());
            selection.keep(choice, done + result);
        }
    }

    /** Receives once, behind what is there. */
    private long receiveInto(BufferChoice choice, long doneBytes) {
        SelectedMessage message = new SelectedMessage(given, choice.vectorAfter(doneBytes));
        long result = message.run(call, operation);
        if (result >= 0 && operation == Operation.RECVMSG) {
            tell(message.header());
        }
        return result;
    }

    /** Writes what recvmsg(2) tells into the guest's header. */
    private void tell(MsgHdr header) {
        UserMemory user = request.memory().user();
        if (given.name() != 0) {
            user.writeInt(sqe.addr() + NAME_LENGTH, header.nameLengthBytes());
        }
        user.writeInt(sqe.addr() + FLAGS, header.flags());
        user.writeLong(sqe.addr() + CONTROL_LENGTH, header.controlLengthBytes());
    }

    /**
     * io_recvmsg_multishot: name, control part and what is known of them are in the buffer, too.
     */
    private long receiveHeaded(BufferUse use, BufferChoice choice) {
        ProvidedBuffers.Buffer buffer = choice.parts().getFirst();
        long name = buffer.addr() + OUT_BYTES;
        long control = name + given.nameLengthBytes();
        long before = OUT_BYTES + given.nameLengthBytes() + given.controlLengthBytes();
        long room = buffer.lengthBytes() - before;
        if (room < 0) {
            return Errno.EFAULT.negated();
        }
        MsgHdr parts =
                new MsgHdr(
                        given.nameLengthBytes() == 0 ? 0 : name,
                        given.nameLengthBytes(),
                        0,
                        0,
                        given.controlLengthBytes() == 0 ? 0 : control,
                        given.controlLengthBytes(),
                        0);
        SelectedMessage message =
                new SelectedMessage(parts, List.of(new Iovec(buffer.addr() + before, room)));
        long result = message.run(call, operation);
        if (result < 0) {
            if (result == Request.PENDING) {
                use.recycle(choice);
            }
            return result;
        }
        finished = result == 0;
        MsgHdr header = message.header();
        byte[] out = new byte[OUT_BYTES];
        MemorySegment told = MemorySegment.ofArray(out);
        told.set(JAVA_INT_UNALIGNED, 0, parts.name() == 0 ? 0 : header.nameLengthBytes());
        told.set(JAVA_INT_UNALIGNED, 4, (int) header.controlLengthBytes());
        told.set(JAVA_INT_UNALIGNED, 8, (int) result);
        told.set(JAVA_INT_UNALIGNED, 12, header.flags());
        try {
            request.memory().user().copyOut(buffer.addr(), out);
        } catch (ErrnoException e) {
            return e.errno().negated();
        }
        return before + Math.min(result, room);
    }
}
