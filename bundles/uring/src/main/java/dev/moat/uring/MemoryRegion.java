package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.Mappable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** IORING_REGISTER_MEM_REGION: memory for arguments of calls. Source: io_uring/register.c. */
@Stateful
final class MemoryRegion {
    private static final int REGISTRATION_BYTES = 32;

    /** {@code struct io_uring_region_desc}. */
    private static final int DESCRIPTION_BYTES = 64;

    private static final int MMAP_OFFSET = 24;
    private static final int RESERVED = 32;
    private static final int PAGE_BYTES = 4096;

    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock. */
    private @Nullable SharedRegion region;

    /** Whether waits find their arguments there. Guarded by lock. */
    private boolean forWaits;

    /**
     * Registers it.
     *
     * @param enabled whether the ring takes submissions already
     * @throws dev.moat.abi.ErrnoException EBUSY: there is one; EFAULT, EINVAL, E2BIG, EOVERFLOW,
     *     ENOMEM
     */
    void register(Task task, long arg, boolean enabled) {
        lock.lock();
        try {
            if (region != null) {
                throw Errno.EBUSY.exception();
            }
        } finally {
            lock.unlock();
        }
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, REGISTRATION_BYTES));
        long descriptionAddr = given.get(JAVA_LONG_UNALIGNED, 0);
        MemorySegment description =
                MemorySegment.ofArray(task.user().copyIn(descriptionAddr, DESCRIPTION_BYTES));
        long flags = given.get(JAVA_LONG_UNALIGNED, 8);
        if (given.get(JAVA_LONG_UNALIGNED, 16) != 0
                || given.get(JAVA_LONG_UNALIGNED, 24) != 0
                || (flags & ~IoUring.IORING_MEM_REGION_REG_WAIT_ARG) != 0
                || flags != 0 && enabled) {
            throw Errno.EINVAL.exception();
        }
        SharedRegion made = make(task, description);
        try {
            task.user().copyOut(descriptionAddr, description, 0, DESCRIPTION_BYTES);
            publish(made, flags != 0);
        } catch (ErrnoException e) {
            made.close();
            throw e;
        }
    }

    private void publish(SharedRegion made, boolean waits) {
        lock.lock();
        try {
            if (region != null) {
                throw Errno.EBUSY.exception();
            }
            region = made;
            forWaits = waits;
        } finally {
            lock.unlock();
        }
    }

    private static SharedRegion make(Task task, MemorySegment description) {
        long userAddr = description.get(JAVA_LONG_UNALIGNED, 0);
        long size = description.get(JAVA_LONG_UNALIGNED, 8);
        int flags = description.get(JAVA_INT_UNALIGNED, 16);
        boolean reserved = false;
        for (long at = RESERVED; at < DESCRIPTION_BYTES; at += 8) {
            reserved |= description.get(JAVA_LONG_UNALIGNED, at) != 0;
        }
        if (reserved || (flags & ~IoUring.IORING_MEM_REGION_TYPE_USER) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (flags != 0 != (userAddr != 0)) {
            throw Errno.EFAULT.exception();
        }
        if (size == 0
                || description.get(JAVA_LONG_UNALIGNED, MMAP_OFFSET) != 0
                || description.get(JAVA_INT_UNALIGNED, 20) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (size / PAGE_BYTES > Integer.MAX_VALUE || size < 0) {
            throw Errno.E2BIG.exception();
        }
        if (((userAddr | size) & (PAGE_BYTES - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (flags != 0) {
            return SharedRegion.ofMemory(task, userAddr, size);
        }
        description.set(JAVA_LONG_UNALIGNED, MMAP_OFFSET, IoUring.IORING_MAP_OFF_PARAM_REGION);
        return SharedRegion.ofPages(task, size);
    }

    /** EFAULT: not within a region for arguments of waits, or not aligned. */
    MemorySegment waitArgument(long offset, int lengthBytes) {
        lock.lock();
        try {
            if (region == null
                    || !forWaits
                    || offset < 0
                    || offset % Long.BYTES != 0
                    || offset > region.sizeBytes() - lengthBytes) {
                throw Errno.EFAULT.exception();
            }
            return region.read(offset, lengthBytes);
        } finally {
            lock.unlock();
        }
    }

    /** ENOMEM: there is none that can be mapped; io_uring_get_unmapped_area. */
    Mappable mappable() {
        lock.lock();
        try {
            if (region == null) {
                throw Errno.ENOMEM.exception();
            }
            return region.mappable();
        } finally {
            lock.unlock();
        }
    }

    void clear() {
        SharedRegion old;
        lock.lock();
        try {
            old = region;
            region = null;
        } finally {
            lock.unlock();
        }
        if (old != null) {
            old.close();
        }
    }
}
