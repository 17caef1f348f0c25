package dev.moat.ipc.shm;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.ipc.object.GetRequest;
import dev.moat.ipc.object.IpcTable;
import java.util.concurrent.atomic.AtomicLong;

/** The shared memory segments of a namespace and their limits. Thread safe. */
@Stateful
public final class Segments {
    /** What no process could map: its address space has 47 bits. */
    private static final long UNMAPPABLE_BYTES = 1L << 47;

    /** SHM_HUGE_SHIFT and SHM_HUGE_MASK, asm-generic/hugetlb_encode.h. */
    private static final int HUGE_SHIFT = 26;

    private static final int HUGE_MASK = 63;

    private final Sandbox sandbox;
    private final IpcTable<Segment> table = new IpcTable<>();
    private final AtomicLong totalPages = new AtomicLong();

    /** kernel.shmmax, unsigned. Limits are volatile: written through /proc, read by any task. */
    private volatile long maxBytes = IpcConstants.SHMMAX;

    /** kernel.shmall, unsigned pages. */
    private volatile long maxTotalPages = IpcConstants.SHMALL;

    /** kernel.shmmni. */
    private volatile int maxSegments = IpcConstants.SHMMNI;

    public Segments(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    public IpcTable<Segment> table() {
        return table;
    }

    public long maxBytes() {
        return maxBytes;
    }

    public void setMaxBytes(long bytes) {
        maxBytes = bytes;
    }

    public long maxTotalPages() {
        return maxTotalPages;
    }

    public void setMaxTotalPages(long pages) {
        maxTotalPages = pages;
    }

    public int maxSegments() {
        return maxSegments;
    }

    public void setMaxSegments(int segments) {
        maxSegments = segments;
    }

    /** Pages of all segments, touched or not. */
    public long totalPages() {
        return totalPages.get();
    }

    /** shmget(2): the id. */
    public int get(Task task, int key, long sizeBytes, int flags) {
        return table.get(task, key, flags, maxSegments, new Request(task, key, sizeBytes, flags));
    }

    /** Frees a segment that nobody is attached to. */
    void destroy(Segment segment) {
        table.remove(segment);
        totalPages.addAndGet(-pages(segment.sizeBytes()));
        segment.free();
    }

    /** The namespace has ended: what is still attached goes with the last who detaches. */
    public void close() {
        table.collectAll().forEach(Segment::markForDestruction);
    }

    private static long pages(long sizeBytes) {
        return sizeBytes + MemoryFlags.PAGE_SIZE - 1 >>> 12;
    }

    private final class Request implements GetRequest<Segment> {
        private final Task task;
        private final int key;
        private final long sizeBytes;
        private final int flags;

        Request(Task task, int key, long sizeBytes, int flags) {
            this.task = task;
            this.key = key;
            this.sizeBytes = sizeBytes;
            this.flags = flags;
        }

        @Override
        public void checkKnown(Segment known) {
            if (Long.compareUnsigned(sizeBytes, known.sizeBytes()) > 0) {
                throw Errno.EINVAL.exception();
            }
        }

        @Override
        public void checkNew() {
            if (sizeBytes == 0 || Long.compareUnsigned(sizeBytes, maxBytes) > 0) {
                throw Errno.EINVAL.exception();
            }
            long wanted = pages(sizeBytes);
            if (wanted == 0 || Long.compareUnsigned(totalPages.get() + wanted, maxTotalPages) > 0) {
                throw Errno.ENOSPC.exception();
            }
            if (isHuge()) {
                checkHuge();
            } else if (sizeBytes < 0) {
                // shmem's largest file
                throw Errno.EINVAL.exception();
            }
            if (sizeBytes < 0 || sizeBytes > UNMAPPABLE_BYTES) {
                throw Errno.ENOMEM.exception();
            }
        }

        private boolean isHuge() {
            return (flags & IpcConstants.SHM_HUGETLB) != 0;
        }

        /** newseg() and can_do_hugetlb_shm(): who has the right, or is in the group of it. */
        private void checkHuge() {
            if (!HugePagePool.hasSize(flags >>> HUGE_SHIFT & HUGE_MASK)) {
                throw Errno.EINVAL.exception();
            }
            int group = sandbox.memory().hugePages().sharedMemoryGroup();
            if (!task.credentials().can(Capabilities.CAP_IPC_LOCK)
                    && !task.credentials().isInGroup(group)) {
                throw Errno.EPERM.exception();
            }
        }

        /** All of it is promised at once, or nothing ever. */
        private FilePages makeHuge() {
            HugePagePool pool = sandbox.memory().hugePages();
            HugeFilePages pages = pool.newFile(pool.wholePool());
            pages.truncate(HugePagePool.ceil(sizeBytes));
            if ((flags & IpcConstants.SHM_NORESERVE) == 0) {
                pages.promise(0, sizeBytes);
            }
            pages.endPromises();
            return pages;
        }

        private FilePages makeSmall() {
            FilePages pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
            pages.truncate(pages(sizeBytes) * MemoryFlags.PAGE_SIZE);
            return pages;
        }

        @Override
        public Segment make() {
            FilePages pages = isHuge() ? makeHuge() : makeSmall();
            totalPages.addAndGet(pages(sizeBytes));
            return new Segment(Segments.this, task, key, flags, sizeBytes, pages);
        }
    }
}
