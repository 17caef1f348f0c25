package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a ring shares with the guest beside its own: pages that the guest maps, or memory
 * that it brings. What it unmaps of that later, or has a process answer for, reads as zeros, and
 * takes what is written. Source: io_create_region, io_uring/memmap.c.
 */
@Stateful
final class SharedRegion {
    private static final int PAGE_BYTES = 4096;

    /** More is refused. Pages of the kernel's take the sandbox's memory once they are touched. */
    private static final long MOST_BYTES = 1L << 30;

    private final @Nullable FilePages pages;

    /** In place of pages, if the guest brings its memory. */
    private final @Nullable MemoryManager memory;

    private final long userAddr;
    private final long sizeBytes;

    private SharedRegion(
            @Nullable FilePages pages,
            @Nullable MemoryManager memory,
            long userAddr,
            long sizeBytes) {
        this.pages = pages;
        this.memory = memory;
        this.userAddr = userAddr;
        this.sizeBytes = sizeBytes;
    }

    /**
     * Pages for the guest to map.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    static SharedRegion ofPages(Task task, long sizeBytes) {
        if (sizeBytes > MOST_BYTES) {
            throw Errno.ENOMEM.exception();
        }
        FilePages pages = task.sandbox().memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.truncate(sizeBytes);
        return new SharedRegion(pages, null, 0, sizeBytes);
    }

    /**
     * Memory of the guest.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT: it is not there, or cannot be written; EINVAL: it
     *     does not begin with a page; EOVERFLOW, ENOMEM
     */
    static SharedRegion ofMemory(Task task, long userAddr, long sizeBytes) {
        if (userAddr == 0) {
            throw Errno.EFAULT.exception();
        }
        if ((userAddr & (PAGE_BYTES - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(userAddr + sizeBytes, userAddr) < 0) {
            throw Errno.EOVERFLOW.exception();
        }
        if (!task.memory().control().isPinnable(userAddr, sizeBytes)) {
            throw Errno.EFAULT.exception();
        }
        if (sizeBytes > MOST_BYTES) {
            throw Errno.ENOMEM.exception();
        }
        for (long at = userAddr; at < userAddr + sizeBytes; at += PAGE_BYTES) {
            // exchanging nothing for nothing asks for a page that can be written
            task.user().compareAndExchangeInt(at, 0, 0);
        }
        task.memory().retain();
        return new SharedRegion(null, task.memory(), userAddr, sizeBytes);
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** ENOMEM: the guest has brought it; io_uring_get_unmapped_area. */
    Mappable mappable() {
        if (pages == null) {
            throw Errno.ENOMEM.exception();
        }
        return pages;
    }

    MemorySegment read(long at, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        if (pages != null) {
            pages.read(at, KernelBuffer.of(bytes));
        } else if (memory != null) {
            memory.user().copyInNoWait(userAddr + at, MemorySegment.ofArray(bytes), 0, lengthBytes);
        }
        return MemorySegment.ofArray(bytes);
    }

    void write(long at, byte[] bytes) {
        try {
            if (pages != null) {
                pages.write(at, KernelBuffer.of(bytes));
            } else if (memory != null) {
                memory.user()
                        .copyOutNoWait(
                                userAddr + at, MemorySegment.ofArray(bytes), 0, bytes.length);
            }
        } catch (ErrnoException e) {
            // The sandbox has no memory for the page: the guest sees what it had before.
        }
    }

    void close() {
        if (pages != null) {
            pages.close();
        }
        if (memory != null) {
            memory.release();
        }
    }
}
