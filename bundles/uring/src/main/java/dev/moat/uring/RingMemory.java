package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a ring shares with the guest, which may write any of it at any time: each value is read
 * once. Guarded by the lock of the ring, as far as the kernel is concerned; the file's own lock
 * orders its accesses.
 */
@Stateful
final class RingMemory {
    private final RingLayout layout;
    private final @Nullable FilePages pages;

    /** In place of pages, if the guest brings its memory. */
    private final @Nullable GuestRing guest;

    /** The kernel's indexes: what the guest makes of its copies does not matter. */
    private int submissionHead;

    private int completionTail;

    RingMemory(Sandbox sandbox, RingLayout layout) {
        this.layout = layout;
        this.guest = null;
        this.pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.truncate(layout.sizeBytes());
        begin();
    }

    RingMemory(GuestRing guest, RingLayout layout) {
        this.layout = layout;
        this.guest = guest;
        this.pages = null;
        begin();
    }

    private void begin() {
        write(RingLayout.SQ_MASK, layout.entries() - 1);
        write(RingLayout.SQ_ENTRIES, layout.entries());
        write(RingLayout.CQ_MASK, layout.completions() - 1);
        write(RingLayout.CQ_ENTRIES, layout.completions());
    }

    RingLayout layout() {
        return layout;
    }

    /** ENOMEM: the guest has brought it; io_uring_get_unmapped_area. */
    Mappable mappable() {
        if (pages == null) {
            throw Errno.ENOMEM.exception();
        }
        return pages;
    }

    void close() {
        if (guest != null) {
            guest.close();
        } else if (pages != null) {
            pages.close();
        }
    }

    private byte[] read(long at, int lengthBytes) {
        if (guest != null) {
            return guest.read(at, lengthBytes);
        }
        byte[] bytes = new byte[lengthBytes];
        if (pages != null) {
            pages.read(at, KernelBuffer.of(bytes));
        }
        return bytes;
    }

    int read(long at) {
        return MemorySegment.ofArray(read(at, 4)).get(JAVA_INT_UNALIGNED, 0);
    }

    void write(long at, int value) {
        byte[] bytes = new byte[4];
        MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, 0, value);
        write(at, bytes);
    }

    private void write(long at, byte[] bytes) {
        if (guest != null) {
            guest.write(at, MemorySegment.ofArray(bytes));
        } else if (pages != null) {
            pages.write(at, KernelBuffer.of(bytes));
        }
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

    /** Whether a completion fits, a wide one if it is. */
    boolean hasRoom(Cqe cqe) {
        int needed = 1;
        if (isDouble(cqe)) {
            needed = isLastSlot() ? 3 : 2;
        }
        return completionsWaiting() + needed <= layout.completions();
    }

    boolean hasRoom() {
        return completionsWaiting() < layout.completions();
    }

    /** Takes two slots: IORING_SETUP_CQE_MIXED. */
    private boolean isDouble(Cqe cqe) {
        return cqe.isWide() && layout.completionBytes() == RingLayout.COMPLETION_BYTES;
    }

    private boolean isLastSlot() {
        return (completionTail & layout.completions() - 1) == layout.completions() - 1;
    }

    void complete(Cqe cqe) {
        boolean two = isDouble(cqe);
        if (two && isLastSlot()) {
            // no completion wraps around
            append(new Cqe(0, 0, IoUring.IORING_CQE_F_SKIP), 1);
        }
        append(cqe, two ? 2 : 1);
    }

    private void append(Cqe cqe, int slots) {
        byte[] bytes = new byte[slots * layout.completionBytes()];
        MemorySegment struct = MemorySegment.ofArray(bytes);
        struct.set(JAVA_LONG_UNALIGNED, 0, cqe.userData());
        struct.set(JAVA_INT_UNALIGNED, 8, cqe.result());
        boolean two = slots == 2;
        struct.set(JAVA_INT_UNALIGNED, 12, cqe.flags() | (two ? IoUring.IORING_CQE_F_32 : 0));
        if (bytes.length > RingLayout.COMPLETION_BYTES) {
            struct.set(JAVA_LONG_UNALIGNED, 16, cqe.extra1());
            struct.set(JAVA_LONG_UNALIGNED, 24, cqe.extra2());
        }
        write(layout.completion(completionTail), bytes);
        completionTail += slots;
        write(RingLayout.CQ_TAIL, completionTail);
    }

    void changeFlag(int flag, boolean set) {
        int flags = read(RingLayout.SQ_FLAGS);
        write(RingLayout.SQ_FLAGS, set ? flags | flag : flags & ~flag);
    }

    /**
     * Goes on from another memory of the same ring: takes over what waits in it.
     *
     * @throws dev.moat.abi.ErrnoException EOVERFLOW: there is more than fits
     */
    void takeOver(RingMemory old) {
        int head = old.read(RingLayout.SQ_HEAD);
        int tail = old.read(RingLayout.SQ_TAIL);
        int taken = old.read(RingLayout.CQ_HEAD);
        int told = old.completionTail;
        if (Integer.compareUnsigned(tail - head, layout.entries()) > 0
                || Integer.compareUnsigned(told - taken, layout.completions()) > 0) {
            throw Errno.EOVERFLOW.exception();
        }
        for (int i = head; i != tail; i++) {
            long from = old.layout.submission(i & old.layout.entries() - 1);
            write(
                    layout.submission(i & layout.entries() - 1),
                    old.read(from, layout.submissionBytes()));
        }
        for (int i = taken; i != told; i++) {
            write(
                    layout.completion(i),
                    old.read(old.layout.completion(i), layout.completionBytes()));
        }
        write(RingLayout.SQ_HEAD, head);
        write(RingLayout.SQ_TAIL, tail);
        write(RingLayout.CQ_HEAD, taken);
        write(RingLayout.CQ_TAIL, told);
        int[] kept = {
            RingLayout.SQ_FLAGS, RingLayout.SQ_DROPPED, RingLayout.CQ_FLAGS, RingLayout.CQ_OVERFLOW
        };
        for (int at : kept) {
            write(at, old.read(at));
        }
        submissionHead = old.submissionHead;
        completionTail = told;
    }

    boolean isEventDisabled() {
        return (read(RingLayout.CQ_FLAGS) & IoUring.IORING_CQ_EVENTFD_DISABLED) != 0;
    }
}
