package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A ring in memory that the guest brings along: IORING_SETUP_NO_MMAP. Places are those of {@link
 * RingLayout}; the guest's are Linux's, {@code struct io_rings}, since the guest computes from them
 * how much memory it brings. What the guest unmaps later reads as zeros, and takes what is written.
 */
@Stateful
final class GuestRing {
    private static final int PAGE_BYTES = 4096;

    /** Where {@code struct io_rings} has its completions: include/linux/io_uring_types.h. */
    private static final int COMPLETIONS = 64;

    private static final int CACHE_LINE_BYTES = 64;

    private final MemoryManager memory;
    private final long ringsAddr;
    private final long submissionsAddr;

    private GuestRing(MemoryManager memory, long ringsAddr, long submissionsAddr) {
        this.memory = memory;
        this.ringsAddr = ringsAddr;
        this.submissionsAddr = submissionsAddr;
    }

    /**
     * Takes the memory into use.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT: it is not there, or cannot be written; EINVAL: it
     *     does not begin with a page; EOVERFLOW
     */
    static GuestRing of(Task task, RingLayout layout, long ringsAddr, long submissionsAddr) {
        long ringBytes = COMPLETIONS + (long) layout.completions() * layout.completionBytes();
        if (layout.hasArray()) {
            ringBytes = -(-ringBytes & -CACHE_LINE_BYTES) + 4L * layout.entries();
        }
        pin(task, ringsAddr, ringBytes);
        pin(task, submissionsAddr, (long) layout.entries() * layout.submissionBytes());
        task.user().clear(ringsAddr, COMPLETIONS);
        task.memory().retain();
        return new GuestRing(task.memory(), ringsAddr, submissionsAddr);
    }

    /** io_create_region: all pages are there, and can be written. */
    private static void pin(Task task, long addr, long lengthBytes) {
        long length = -(-lengthBytes & -PAGE_BYTES);
        if (addr == 0) {
            throw Errno.EFAULT.exception();
        }
        if ((addr & (PAGE_BYTES - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(addr + length, addr) < 0) {
            throw Errno.EOVERFLOW.exception();
        }
        if (!task.memory().control().isPinnable(addr, length)) {
            throw Errno.EFAULT.exception();
        }
        for (long at = addr; at < addr + length; at += PAGE_BYTES) {
            // exchanging nothing for nothing asks for a page that can be written
            task.user().compareAndExchangeInt(at, 0, 0);
        }
    }

    /** How far behind the rings the guest finds what the layout has at {@code at}. */
    static int place(int at) {
        return switch (at) {
            case RingLayout.SQ_HEAD -> 0;
            case RingLayout.SQ_TAIL -> 4;
            case RingLayout.CQ_HEAD -> 8;
            case RingLayout.CQ_TAIL -> 12;
            case RingLayout.SQ_MASK -> 16;
            case RingLayout.CQ_MASK -> 20;
            case RingLayout.SQ_ENTRIES -> 24;
            case RingLayout.CQ_ENTRIES -> 28;
            case RingLayout.SQ_DROPPED -> 32;
            case RingLayout.SQ_FLAGS -> 36;
            case RingLayout.CQ_FLAGS -> 40;
            case RingLayout.CQ_OVERFLOW -> 44;
            default -> at - RingLayout.COMPLETIONS + COMPLETIONS;
        };
    }

    private long addressOf(long at) {
        return at >= IoUring.IORING_OFF_SQES
                ? submissionsAddr + (at - IoUring.IORING_OFF_SQES)
                : ringsAddr + place((int) at);
    }

    byte[] read(long at, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        // with the ring's lock, so nobody is waited for
        long got =
                memory.user()
                        .copyInNoWait(addressOf(at), MemorySegment.ofArray(bytes), 0, lengthBytes);
        if (got < lengthBytes) {
            Arrays.fill(bytes, (byte) 0);
        }
        return bytes;
    }

    void write(long at, MemorySegment bytes) {
        memory.user().copyOutNoWait(addressOf(at), bytes, 0, bytes.byteSize());
    }

    void close() {
        memory.release();
    }
}
