package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import java.lang.foreign.MemorySegment;

/**
 * Reads into a buffer that is chosen when there is something to read: READ, READV and
 * READ_MULTISHOT with IOSQE_BUFFER_SELECT, io_uring/rw.c. Lives for one attempt.
 */
final class SelectedReads {
    private final Ring ring;
    private final Request request;
    private final Sqe sqe;

    SelectedReads(Ring ring, Request request) {
        this.ring = ring;
        this.request = request;
        this.sqe = request.sqe();
    }

    /** As {@link OperationCall#run}; ENOBUFS. */
    long run(Operation operation) {
        request.disarm();
        long limitBytes =
                operation == Operation.READV
                        ? vectorLength()
                        : Integer.toUnsignedLong(sqe.length());
        try (BufferUse use = ring.providedBuffers().use(sqe.bufferIndex(), request)) {
            if (use == null) {
                return Request.PENDING;
            }
            return operation == Operation.READ_MULTISHOT
                    ? readMany(use)
                    : readOnce(use, limitBytes);
        }
    }

    /** Of the only part of the vector, which has no address then; 32 bits of it count. */
    private long vectorLength() {
        byte[] vector = request.user().copyIn(sqe.addr(), (int) Iovec.SIZE);
        long lengthBytes = Iovec.readFrom(MemorySegment.ofArray(vector), 0).lengthBytes();
        return Integer.toUnsignedLong((int) lengthBytes);
    }

    private long readOnce(BufferUse use, long limitBytes) {
        BufferChoice choice = request.selection().choice();
        if (choice == null) {
            choice = use.choose(limitBytes, 1);
        }
        if (choice == null) {
            return Errno.ENOBUFS.negated();
        }
        request.selection().setWanted(choice.lengthBytes());
        if (!isPollable()) {
            // Linux may do it elsewhere, and gives the buffer away before
            use.commit(choice, choice.lengthBytes());
        }
        long result = read(choice);
        boolean kept = choice.isCommitted();
        if (result == Request.PENDING && kept) {
            request.selection().keep(choice, 0);
        } else if (result == Request.PENDING || result < 0 && choice.isOfRing() && !kept) {
            use.recycle(choice);
        } else {
            use.commit(choice, Math.max(0, result));
            request.setBufferFlags(choice.flags());
        }
        return result;
    }

    /** Until nothing is left to read, or the guest has no room. */
    private long readMany(BufferUse use) {
        while (true) {
            BufferChoice choice = use.choose(0, 1);
            if (choice == null) {
                return Errno.ENOBUFS.negated();
            }
            long result = read(choice);
            if (result <= 0) {
                use.recycle(choice);
                return result;
            }
            use.commit(choice, result);
            if (!ring.postMore(request, result, choice.flags())) {
                request.setBufferFlags(choice.flags());
                return result;
            }
        }
    }

    private boolean isPollable() {
        var file = request.file();
        return file != null && file.waitQueue(request.submitter()) != null;
    }

    /** A negated errno for what fails. */
    private long read(BufferChoice choice) {
        ProvidedBuffers.Buffer part = choice.parts().getFirst();
        try {
            return new OperationCall(request).run(Operation.READ, part.addr(), part.length());
        } catch (ErrnoException e) {
            return e.errno().negated();
        }
    }
}
