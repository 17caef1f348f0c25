package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import org.jspecify.annotations.Nullable;

/**
 * SEND of buffers that are chosen when there is room: one, or as many as there are,
 * IORING_RECVSEND_BUNDLE. What was chosen from a ring is the operation's from then on, so that data
 * keeps its order. Source: io_uring/net.c. Lives for one attempt.
 */
final class SelectedSends {
    private final Ring ring;
    private final Request request;
    private final Sqe sqe;
    private final Selection selection;
    private final ProvidedBuffers buffers;
    private final OperationCall call;
    private final boolean bundle;

    SelectedSends(Ring ring, Request request) {
        this.ring = ring;
        this.request = request;
        this.sqe = request.sqe();
        this.selection = request.selection();
        this.buffers = ring.providedBuffers();
        this.call = new OperationCall(request);
        this.bundle = (sqe.priority() & IoUring.IORING_RECVSEND_BUNDLE) != 0;
    }

    /** As {@link OperationCall#run}; ENOENT without the group, ENOBUFS without a buffer in it. */
    long run() {
        request.disarm();
        if (!buffers.hold(sqe.bufferIndex(), request)) {
            return Request.PENDING;
        }
        try {
            return send();
        } finally {
            buffers.letGo(sqe.bufferIndex(), request);
        }
    }

    private long send() {
        int type = call.socketType();
        if (type == 0) {
            return Errno.ENOTSOCK.negated();
        }
        long limitBytes =
                sqe.length() == 0 ? Integer.MAX_VALUE : Integer.toUnsignedLong(sqe.length());
        while (true) {
            BufferChoice choice = choose(limitBytes);
            if (choice == null) {
                boolean known = buffers.has(sqe.bufferIndex());
                return (known ? Errno.ENOBUFS : Errno.ENOENT).negated();
            }
            long result = sendAll(choice, SelectedMessage.isGathered(type));
            if (result == Request.PENDING) {
                return result;
            }
            buffers.commit(choice, choice.lengthBytes());
            selection.reset();
            boolean more = bundle && result > 0 && !choice.isLast();
            if (!more || !ring.postMore(request, result, choice.flags())) {
                request.setBufferFlags(choice.flags());
                return result;
            }
            limitBytes = Integer.MAX_VALUE;
        }
    }

    private @Nullable BufferChoice choose(long limitBytes) {
        BufferChoice kept = selection.choice();
        if (kept != null) {
            return kept;
        }
        int most = bundle ? ProvidedBuffers.MOST_AT_ONCE : 1;
        BufferChoice choice = buffers.choose(sqe.bufferIndex(), limitBytes, most);
        if (choice != null && choice.isOfRing()) {
            buffers.commit(choice, choice.lengthBytes());
            selection.keep(choice, 0);
        }
        return choice;
    }

    /** Sends what is left of a choice, all of it if that was asked for. */
    private long sendAll(BufferChoice choice, boolean gathered) {
        boolean all =
                gathered && (bundle || (sqe.operationFlags() & SocketConstants.MSG_WAITALL) != 0);
        while (true) {
            long done = selection.doneBytes();
            MsgHdr given = new MsgHdr(sqe.off(), sqe.fileIndex() & 0xffff, 0, 0, 0, 0, 0);
            long result =
                    new SelectedMessage(given, choice.vectorAfter(done)).run(call, Operation.SEND);
            if (result == Request.PENDING) {
                if (selection.choice() == null) {
                    buffers.recycle(sqe.bufferIndex(), choice);
                }
                return result;
            }
            if (result < 0) {
                return done > 0 ? done : result;
            }
            if (!all || result == 0 || done + result >= choice.lengthBytes()) {
                return done + result;
            }
            buffers.commit(choice, choice.lengthBytes());
            selection.keep(choice, done + result);
        }
    }
}
