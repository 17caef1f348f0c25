package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import org.jspecify.annotations.Nullable;

/**
 * SEND of buffers that are chosen when there is room: one, or as many as there are,
 * IORING_RECVSEND_BUNDLE. What was chosen is the operation's from then on, so that data keeps its
 * order. Source: io_uring/net.c. Lives for one attempt.
 */
final class SelectedSends {
    private final Ring ring;
    private final Request request;
    private final Sqe sqe;
    private final Selection selection;
    private final OperationCall call;
    private final boolean bundle;

    SelectedSends(Ring ring, Request request) {
        this.ring = ring;
        this.request = request;
        this.sqe = request.sqe();
        this.selection = request.selection();
        this.call = new OperationCall(request);
        this.bundle = (sqe.priority() & IoUring.IORING_RECVSEND_BUNDLE) != 0;
    }

    /** As {@link OperationCall#run}; ENOENT without the group, ENOBUFS without a buffer in it. */
    long run() {
        request.disarm();
        try (BufferUse use = ring.providedBuffers().use(sqe.bufferIndex(), request)) {
            return use == null ? Request.PENDING : send(use);
        }
    }

    private long send(BufferUse use) {
        int type = call.socketType();
        if (type == 0) {
            return Errno.ENOTSOCK.negated();
        }
        long limitBytes =
                sqe.length() == 0 ? Integer.MAX_VALUE : Integer.toUnsignedLong(sqe.length());
        while (true) {
            BufferChoice choice = choose(use, limitBytes);
            if (choice == null) {
                return (use.isKnown() ? Errno.ENOBUFS : Errno.ENOENT).negated();
            }
            long result = sendAll(choice, SelectedMessage.isGathered(type));
            if (result == Request.PENDING) {
                return result;
            }
            selection.reset();
            boolean more = bundle && result > 0 && !choice.isLast();
            if (!more || !ring.postMore(request, result, choice.flags())) {
                request.setBufferFlags(choice.flags());
                return result;
            }
            limitBytes = Integer.MAX_VALUE;
        }
    }

    private @Nullable BufferChoice choose(BufferUse use, long limitBytes) {
        BufferChoice kept = selection.choice();
        if (kept != null) {
            return kept;
        }
        int most = bundle ? ProvidedBuffers.MOST_AT_ONCE : 1;
        BufferChoice choice = use.choose(limitBytes, most);
        if (choice != null) {
            use.commit(choice, choice.lengthBytes());
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
                return result;
            }
            if (result < 0) {
                return done > 0 ? done : result;
            }
            if (!all || result == 0 || done + result >= choice.lengthBytes()) {
                return done + result;
            }
            selection.keep(choice, done + result);
        }
    }
}
