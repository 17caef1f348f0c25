package dev.moat.uring;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A message to or from buffers that were chosen: the kernel's own {@code struct msghdr}, where
 * {@link LentMemory} is. Lives for one call.
 */
final class SelectedMessage {
    private final MemorySegment bytes;

    /**
     * The parts of a message.
     *
     * @param given where its name and its control part are, of which the guest tells; its vector
     *     does not count
     * @param vector {@link ProvidedBuffers#MOST_AT_ONCE} parts at most
     */
    SelectedMessage(MsgHdr given, List<Iovec> vector) {
        bytes = MemorySegment.ofArray(new byte[(int) (MsgHdr.SIZE + vector.size() * Iovec.SIZE)]);
        new MsgHdr(
                        given.name(),
                        given.nameLengthBytes(),
                        LentMemory.FIRST + MsgHdr.SIZE,
                        vector.size(),
                        given.control(),
                        given.controlLengthBytes(),
                        0)
                .writeTo(bytes, 0);
        for (int i = 0; i < vector.size(); i++) {
            vector.get(i).writeTo(bytes, MsgHdr.SIZE + i * Iovec.SIZE);
        }
    }

    /** As {@link OperationCall#run}; what the call throws is a negated errno. */
    long run(OperationCall call, Operation operation) {
        try {
            return call.runMessage(operation, bytes);
        } catch (ErrnoException e) {
            return e.errno().negated();
        }
    }

    /** The header, as a call that receives has left it. */
    MsgHdr header() {
        return MsgHdr.readFrom(bytes, 0);
    }

    /** Whether MSG_WAITALL counts for sockets of a type: io_net_retry. */
    static boolean isGathered(int type) {
        return type == SocketConstants.SOCK_STREAM || type == SocketConstants.SOCK_SEQPACKET;
    }
}
