package dev.moat.uring;

import dev.moat.abi.IoUring;
import dev.moat.abi.Iovec;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Buffers that an operation has chosen from a group, in order, each as long as it is to be used.
 * Its request's owner's.
 */
@Stateful
final class BufferChoice {
    /** What a part takes of the kernel host's heap. */
    private static final int PART_BYTES = 40;

    private final ProvidedBuffers.Group group;
    private final List<ProvidedBuffers.Buffer> parts;

    /** From a list: as it was taken; null for those of rings. */
    private final ProvidedBuffers.@Nullable Buffer whole;

    private final boolean last;
    private final boolean cut;
    private boolean committed;
    private boolean unfinished;

    BufferChoice(
            ProvidedBuffers.Group group,
            List<ProvidedBuffers.Buffer> parts,
            ProvidedBuffers.@Nullable Buffer whole,
            boolean last,
            boolean cut) {
        this.group = group;
        this.parts = parts;
        this.whole = whole;
        this.last = last;
        this.cut = cut;
    }

    ProvidedBuffers.Group group() {
        return group;
    }

    List<ProvidedBuffers.Buffer> parts() {
        return parts;
    }

    ProvidedBuffers.@Nullable Buffer whole() {
        return whole;
    }

    boolean isOfRing() {
        return whole == null;
    }

    /** Whether there was none behind it: REQ_F_BL_EMPTY. */
    boolean isLast() {
        return last;
    }

    /** Whether the next one would have been too long for what was wanted. */
    boolean isCut() {
        return cut;
    }

    /** Whether the group has given it away for good. */
    boolean isCommitted() {
        return committed;
    }

    /**
     * Notes that it was given away.
     *
     * @param leavesRest whether the guest's next operation gets the rest of the last one
     */
    void setCommitted(boolean leavesRest) {
        committed = true;
        unfinished = leavesRest;
    }

    long lengthBytes() {
        long sum = 0;
        for (ProvidedBuffers.Buffer part : parts) {
            sum += part.lengthBytes();
        }
        return sum;
    }

    /** What several weigh, in units of {@link Keeping}; one counts as the request's own. */
    int weight() {
        return parts.size() == 1 ? 0 : 1 + parts.size() * PART_BYTES / Keeping.UNIT_BYTES;
    }

    /** How many of them {@code bytes} fill or begin to: io_bundle_nbufs. */
    int countFor(long bytes) {
        int count = 0;
        for (long left = bytes; left > 0 && count < parts.size(); count++) {
            left -= parts.get(count).lengthBytes();
        }
        return count;
    }

    /** The memory behind the first {@code doneBytes}. */
    List<Iovec> vectorAfter(long doneBytes) {
        List<Iovec> vector = new ArrayList<>(parts.size());
        long skipped = doneBytes;
        for (ProvidedBuffers.Buffer part : parts) {
            long past = Math.min(skipped, part.lengthBytes());
            skipped -= past;
            if (past < part.lengthBytes() || part.length() == 0) {
                vector.add(new Iovec(part.addr() + past, part.lengthBytes() - past));
            }
        }
        return vector;
    }

    /** How a completion tells it, IORING_CQE_F_*. */
    int flags() {
        return IoUring.IORING_CQE_F_BUFFER
                | parts.getFirst().id() << IoUring.IORING_CQE_BUFFER_SHIFT
                | (unfinished ? IoUring.IORING_CQE_F_BUF_MORE : 0);
    }
}
