package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.MemoryAccount.Event;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.MemoryService.OutOfMemoryListener;
import dev.moat.api.swap.Stateful;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Counts the pages of one sandbox against its limit, as a memory cgroup does: when they are first
 * owned.
 */
@Stateful
final class MemoryLimit {
    /**
     * How often the OOM killer is asked for one allocation, and how long each victim gets to end.
     */
    private static final int MAX_ATTEMPTS = 20;

    private static final long VICTIM_TIME_NS = 500_000_000L;

    private final long limitPages;
    private final AtomicLong usedPages = new AtomicLong();
    private final AtomicInteger waiters = new AtomicInteger();

    /** Set anew only when an earlier revision had none. */
    private HeapPages heapPages = new HeapPages(this);

    private final RankedLock lock = new RankedLock(LockRank.MEMORY_FILE);
    private final Condition freed = lock.newCondition();

    /** Set once while the sandbox is built, before any guest runs. */
    private volatile @Nullable OutOfMemoryListener listener;

    /** Set once at construction time of the sandbox' memory. */
    private volatile @Nullable Reclaimer reclaimer;

    /**
     * Gives back memory that is only kept for speed: clean page cache, pages that were never
     * touched.
     */
    interface Reclaimer {
        /** Tries to free {@code pages}; called without memory management locks. */
        void reclaim(long pages);
    }

    MemoryLimit(long limitBytes) {
        this.limitPages =
                limitBytes == Long.MAX_VALUE ? Long.MAX_VALUE : limitBytes >>> Pages.SHIFT;
    }

    HeapPages heapPages() {
        return heapPages;
    }

    /** Earlier revisions did not count the heap. */
    void restoreHeapPages() {
        heapPages = Objects.requireNonNullElseGet(heapPages, () -> new HeapPages(this));
    }

    void setListener(OutOfMemoryListener listener) {
        this.listener = listener;
    }

    void setReclaimer(Reclaimer reclaimer) {
        this.reclaimer = reclaimer;
    }

    long limitPages() {
        return limitPages;
    }

    long usedPages() {
        return usedPages.get();
    }

    /** What can still be charged. */
    long freePages() {
        return Math.max(0, limitPages - usedPages.get());
    }

    /**
     * Whether so little is left that faults should take single pages instead of windows of {@code
     * pages}.
     */
    boolean isTight(long pages) {
        MemoryAccount payer = PayingThread.payer();
        if (payer != null && payer.isTight(pages)) {
            return true;
        }
        return limitPages - usedPages.get() < Math.min(limitPages >>> 3, pages << 6);
    }

    /** Takes {@code pages} if the limit allows; never waits. Any locks may be held. */
    boolean tryCharge(long pages) {
        MemoryAccount payer = PayingThread.payer();
        if (payer != null && !pay(payer, pages)) {
            return false;
        }
        long used = usedPages.addAndGet(pages);
        if (used > limitPages) {
            giveBack(pages);
            return false;
        }
        return true;
    }

    private static boolean pay(MemoryAccount payer, long pages) {
        if (payer.tryCharge(pages) != null) {
            return false;
        }
        if (payer.overHigh() != null) {
            PayingThread.noteOverHigh();
        }
        return true;
    }

    /** The control group whose limit keeps the calling thread from taking pages, if one does. */
    private static @Nullable MemoryAccount findLimiting(long pages) {
        MemoryAccount payer = PayingThread.payer();
        if (payer == null) {
            return null;
        }
        MemoryAccount limiting = payer.tryCharge(pages);
        if (limiting == null) {
            payer.uncharge(pages);
        }
        return limiting;
    }

    /**
     * Takes {@code pages}, waiting for reclaim and the OOM killer within bounds. Call without
     * memory management locks.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    void charge(long pages) {
        if (tryCharge(pages)) {
            return;
        }
        if (pages > limitPages) {
            throw Errno.ENOMEM.exception();
        }
        MemoryAccount limiting = findLimiting(pages);
        if (limiting != null) {
            limiting.count(Event.MAX);
        }
        Reclaimer memory = reclaimer;
        if (memory != null) {
            // What can go is not kept by group: for a group's sake all of it goes.
            memory.reclaim(limiting == null ? pages : Long.MAX_VALUE);
            if (tryCharge(pages)) {
                return;
            }
        }
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            OutOfMemoryListener killer = listener;
            limiting = findLimiting(pages);
            if (killer == null || !killer.outOfMemory(pages << Pages.SHIFT, limiting)) {
                throw Errno.ENOMEM.exception();
            }
            if (waitForCharge(pages)) {
                return;
            }
        }
        throw Errno.ENOMEM.exception();
    }

    /**
     * Waits until {@code account} is within its limit, or nobody is left whose end could help. Call
     * without memory management locks.
     */
    void enforce(MemoryAccount account) {
        Reclaimer memory = reclaimer;
        if (memory != null && account.pages() > account.maxPages()) {
            memory.reclaim(Long.MAX_VALUE);
        }
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            OutOfMemoryListener killer = listener;
            if (account.pages() <= account.maxPages()
                    || killer == null
                    || !killer.outOfMemory(0, account)) {
                return;
            }
            waitForRoom(account);
        }
    }

    /** Whether {@code account}, or all if it is null, has lost {@code pages} that can go. */
    boolean reclaim(@Nullable MemoryAccount account, long pages) {
        Reclaimer memory = reclaimer;
        long before = pagesOf(account);
        if (memory != null) {
            memory.reclaim(account == null ? pages : Long.MAX_VALUE);
        }
        return before - pagesOf(account) >= pages;
    }

    private long pagesOf(@Nullable MemoryAccount account) {
        return account == null ? usedPages() : account.pages();
    }

    private void waitForRoom(MemoryAccount account) {
        waiters.incrementAndGet();
        lock.lock();
        try {
            long left = VICTIM_TIME_NS;
            while (account.pages() > account.maxPages() && left > 0) {
                left = awaitFreed(left);
            }
        } finally {
            lock.unlock();
            waiters.decrementAndGet();
        }
    }

    /** Drops what is kept for speed for the sake of the kernel's own memory; without locks. */
    void makeHeapRoom() {
        long wanted = heapPages.wantedPages();
        Reclaimer memory = reclaimer;
        if (wanted > 0 && memory != null) {
            memory.reclaim(wanted);
        }
        heapPages.reclaimed();
    }

    /**
     * Takes pages that no control group pays for, or has paid for; false: too many for the limit.
     */
    boolean tryTake(long pages, long mostPages) {
        if (usedPages.addAndGet(pages) > mostPages) {
            usedPages.addAndGet(-pages);
            return false;
        }
        return true;
    }

    /**
     * Counts pages that exist already, beyond the limit if need be: the next ones to charge wait.
     */
    void chargeAnyway(long pages) {
        usedPages.addAndGet(pages);
    }

    /** Gives back what the calling thread has charged and not used. */
    void giveBack(long pages) {
        MemoryAccount payer = PayingThread.payer();
        if (payer != null) {
            payer.uncharge(pages);
        }
        uncharge(pages);
    }

    /** Pages are free; the account that they were charged to has been told. */
    void uncharge(long pages) {
        usedPages.addAndGet(-pages);
        heapPages.freed();
        if (waiters.get() > 0) {
            signalFreed();
        }
    }

    private void signalFreed() {
        // A freeing thread holds the allocator's lock of the same rank at most; neither waits for
        // the other.
        lock.lock();
        try {
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean waitForCharge(long pages) {
        waiters.incrementAndGet();
        lock.lock();
        try {
            long left = VICTIM_TIME_NS;
            while (!tryChargeQuietly(pages)) {
                if (left <= 0) {
                    return false;
                }
                left = awaitFreed(left);
            }
            return true;
        } finally {
            lock.unlock();
            waiters.decrementAndGet();
        }
    }

    /** {@link #tryCharge} without waking the waiters, of which the caller is one. */
    private boolean tryChargeQuietly(long pages) {
        MemoryAccount payer = PayingThread.payer();
        if (payer != null && payer.tryCharge(pages) != null) {
            return false;
        }
        if (usedPages.addAndGet(pages) > limitPages) {
            usedPages.addAndGet(-pages);
            if (payer != null) {
                payer.uncharge(pages);
            }
            return false;
        }
        return true;
    }

    private long awaitFreed(long leftNs) {
        // In slices: an uncharge between the look and the wait may be missed.
        long slice = Math.min(leftNs, TimeUnit.MILLISECONDS.toNanos(20));
        boolean interrupted = false;
        try {
            freed.awaitNanos(slice);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            return 0;
        }
        return leftNs - slice;
    }
}
