package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.IoUring;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;

/**
 * What a ring shares with the guest, which may write any of it at any time: each value is read
 * once. Guarded by the lock of the ring, as far as the kernel is concerned; the file's own lock
 * orders its accesses.
 */
@Stateful
final class RingMemory {
    private final RingLayout layout;
    private final FilePages pages;

    /** The kernel's indexes: what the guest makes of its copies does not matter. */
    private int submissionHead;

    private int completionTail;

    RingMemory(Sandbox sandbox, RingLayout layout) {
        this.layout = layout;
        this.pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.truncate(layout.sizeBytes());
        write(RingLayout.SQ_MASK, layout.entries() - 1);
        write(RingLayout.SQ_ENTRIES, layout.entries());
        write(RingLayout.CQ_MASK, layout.completions() - 1);
        write(RingLayout.CQ_ENTRIES, layout.completions());
    }

    RingLayout layout() {
        return layout;
    }

    Mappable mappable() {
        return pages;
    }

    void close() {
        pages.close();
    }

    private byte[] read(long at, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        pages.read(at, KernelBuffer.of(bytes));
        return bytes;
    }

    int read(long at) {
        return MemorySegment.ofArray(read(at, 4)).get(JAVA_INT_UNALIGNED, 0);
    }

    void write(long at, int value) {
        byte[] bytes = new byte[4];
        MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, 0, value);
        pages.write(at, KernelBuffer.of(bytes));
    }

    /** How many submissions wait: never more than there is room for. */
    int submissionsWaiting() {
        int waiting = read(RingLayout.SQ_TAIL) - submissionHead;
        return Integer.compareUnsigned(waiting, layout.entries()) > 0 ? layout.entries() : waiting;
    }

    /**
     * Index of the next submission, which is taken; not within bounds if the guest's array has
     * something else.
     */
    int takeSubmission() {
        int at = submissionHead++;
        return layout.hasArray() ? read(layout.arrayEntry(at)) : at & (layout.entries() - 1);
    }

    /** Tells the guest how far submissions were taken. */
    void publishHead() {
        write(RingLayout.SQ_HEAD, submissionHead);
    }

    boolean isSubmission(int index) {
        return index >= 0 && index < layout.entries();
    }

    Sqe submission(int index) {
        return Sqe.of(read(layout.submission(index), Sqe.BYTES));
    }

    void countDropped() {
        write(RingLayout.SQ_DROPPED, read(RingLayout.SQ_DROPPED) + 1);
    }

    /** Completions that the guest has not taken, as far as its head can be believed. */
    int completionsWaiting() {
        int waiting = completionTail - read(RingLayout.CQ_HEAD);
        return Integer.compareUnsigned(waiting, layout.completions()) > 0
                ? layout.completions()
                : waiting;
    }

    boolean hasRoom() {
        return completionsWaiting() < layout.completions();
    }

    void complete(Cqe cqe) {
        MemorySegment struct = MemorySegment.ofArray(new byte[layout.completionBytes()]);
        struct.set(JAVA_LONG_UNALIGNED, 0, cqe.userData());
        struct.set(JAVA_INT_UNALIGNED, 8, cqe.result());
        struct.set(JAVA_INT_UNALIGNED, 12, cqe.flags());
        pages.write(layout.completion(completionTail), new KernelBuffer(struct));
        completionTail++;
        write(RingLayout.CQ_TAIL, completionTail);
    }

    void changeFlag(int flag, boolean set) {
        int flags = read(RingLayout.SQ_FLAGS);
        write(RingLayout.SQ_FLAGS, set ? flags | flag : flags & ~flag);
    }

    boolean isEventDisabled() {
        return (read(RingLayout.CQ_FLAGS) & IoUring.IORING_CQ_EVENTFD_DISABLED) != 0;
    }
}
