package dev.moat.api.cgroup;

import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The memory controller of one group below the root: counts the pages that its tasks, and those of
 * the groups below, have been the first to use. What the root has is counted by memory management
 * itself: its account, the only one without a parent, knows events only. Thread safe without locks;
 * mm/memcontrol.c.
 */
@Stateful
public final class MemoryAccount implements Restorable {
    /** No limit. */
    public static final long MAX = Long.MAX_VALUE;

    /** What one second of throttling is scaled by: MEMORY.high in mm/memcontrol.c. */
    private static final int PRECISION_SHIFT = 20;

    private static final int SCALING_SHIFT = 14;
    private static final long MAX_DELAY_NS = 2_000_000_000L;
    private static final long MIN_DELAY_NS = 10_000_000L;

    private final int number;
    private final @Nullable MemoryAccount parent;
    private final AtomicLong pages = new AtomicLong();
    private final AtomicLong filePages = new AtomicLong();
    private final AtomicLong peakPages = new AtomicLong();

    /**
     * Of the kernel host's heap, held for tasks of this group alone. Set anew by a restore only.
     */
    private AtomicLong kernelBytes = new AtomicLong();

    /** Whole pages of them, with those of groups below; counted in {@link #pages}, too. */
    private AtomicLong kernelPages = new AtomicLong();

    /** By the place in {@link Event}, those of groups below included, and without them. */
    private final AtomicLong[] events = counters();

    private final AtomicLong[] ownEvents = counters();

    private volatile long maxPages = MAX;
    private volatile long highPages = MAX;
    private volatile long lowPages;
    private volatile long minPages;
    private volatile long swapMaxPages = MAX;
    private volatile boolean killsAll;

    /** What memory.events counts, in its order. */
    public enum Event {
        LOW("low"),
        HIGH("high"),
        MAX("max"),
        OOM("oom"),
        OOM_KILL("oom_kill"),
        OOM_GROUP_KILL("oom_group_kill");

        private final String label;

        Event(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    MemoryAccount(int number, @Nullable MemoryAccount parent) {
        this.number = number;
        this.parent = parent;
    }

    private static AtomicLong[] counters() {
        AtomicLong[] made = new AtomicLong[Event.values().length];
        for (int i = 0; i < made.length; i++) {
            made[i] = new AtomicLong();
        }
        return made;
    }

    /** Earlier revisions did not count what the kernel holds. */
    @Override
    public void restored() {
        kernelBytes = Objects.requireNonNullElseGet(kernelBytes, AtomicLong::new);
        kernelPages = Objects.requireNonNullElseGet(kernelPages, AtomicLong::new);
    }

    /** By which pages remember it: above 0, below 32768; the root's is 0. */
    public int number() {
        return number;
    }

    public long pages() {
        return pages.get();
    }

    /** How many of them belong to files. */
    public long filePages() {
        return filePages.get();
    }

    /** Pages that were charged belong to files, or, if negative, do not any more. */
    public void countFilePages(long count) {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            at.filePages.addAndGet(count);
        }
    }

    /** How many pages of the kernel host's heap are held for tasks here and below. */
    public long kernelPages() {
        return kernelPages.get();
    }

    /** Takes bytes of the kernel host's heap if no limit up to the root is passed. */
    public boolean tryChargeKernel(long count) {
        long more = crossed(kernelBytes.addAndGet(count), count);
        if (more > 0) {
            MemoryAccount limiting = tryCharge(more);
            if (limiting != null) {
                limiting.count(Event.MAX);
                countKernelPages(more);
                uncharge(-more);
                addKernel(-count);
                return false;
            }
            countKernelPages(more);
        }
        return true;
    }

    /** The same, beyond limits if need be. */
    public void chargeKernel(long count) {
        addKernel(count);
    }

    /** Gives bytes of the kernel host's heap back. */
    public void unchargeKernel(long count) {
        addKernel(-count);
    }

    private void addKernel(long count) {
        long more = crossed(kernelBytes.addAndGet(count), count);
        if (more != 0) {
            uncharge(-more);
            countKernelPages(more);
        }
    }

    private static long crossed(long bytesNow, long added) {
        return (bytesNow + 4095 >> 12) - (bytesNow - added + 4095 >> 12);
    }

    private void countKernelPages(long count) {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            at.kernelPages.addAndGet(count);
        }
    }

    public long peakPages() {
        return peakPages.get();
    }

    public long maxPages() {
        return maxPages;
    }

    public void setMaxPages(long limit) {
        maxPages = limit;
    }

    public long highPages() {
        return highPages;
    }

    public void setHighPages(long limit) {
        highPages = limit;
    }

    /** memory.low: kept for those who read it; there is no reclaim that it could guide. */
    public long lowPages() {
        return lowPages;
    }

    public void setLowPages(long protection) {
        lowPages = protection;
    }

    /** memory.min, see {@link #lowPages}. */
    public long minPages() {
        return minPages;
    }

    public void setMinPages(long protection) {
        minPages = protection;
    }

    /** memory.swap.max: there is no swap. */
    public long swapMaxPages() {
        return swapMaxPages;
    }

    public void setSwapMaxPages(long limit) {
        swapMaxPages = limit;
    }

    /** Whether all tasks of the group end when one is chosen: memory.oom.group. */
    public boolean killsAll() {
        return killsAll;
    }

    public void setKillsAll(boolean value) {
        killsAll = value;
    }

    /** Takes pages if no limit up to the root is passed; gives the account whose limit is. */
    public @Nullable MemoryAccount tryCharge(long count) {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            if (at.pages.addAndGet(count) > at.maxPages) {
                for (MemoryAccount back = this; ; back = parentOf(back)) {
                    back.pages.addAndGet(-count);
                    if (back == at) {
                        return at;
                    }
                }
            }
        }
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            long now = at.pages.get();
            if (now > at.peakPages.get()) {
                at.peakPages.accumulateAndGet(now, Math::max);
            }
        }
        return null;
    }

    private static MemoryAccount parentOf(MemoryAccount account) {
        MemoryAccount above = account.parent;
        if (above == null) {
            throw new IllegalStateException("an account above the root");
        }
        return above;
    }

    /** Gives pages back. */
    public void uncharge(long count) {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            at.pages.addAndGet(-count);
        }
    }

    /** The nearest account up to the root that is above memory.high; null if there is none. */
    public @Nullable MemoryAccount overHigh() {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            if (at.pages.get() > at.highPages) {
                return at;
            }
        }
        return null;
    }

    /** Whether so little is left that pages should be taken one by one. */
    public boolean isTight(long count) {
        for (MemoryAccount at = this; at.parent != null; at = at.parent) {
            long limit = Math.min(at.maxPages, at.highPages);
            if (limit - at.pages.get() < Math.min(limit >>> 3, count << 6)) {
                return true;
            }
        }
        return false;
    }

    /** Whether this is {@code other} or below it. */
    public boolean isWithin(MemoryAccount other) {
        for (MemoryAccount at = this; at != null; at = at.parent) {
            if (at == other) {
                return true;
            }
        }
        return false;
    }

    /** How long who uses more than memory.high has to wait: calculate_high_delay. */
    public long penaltyNs() {
        long high = Math.max(1, highPages);
        long used = pages.get();
        if (used <= highPages) {
            return 0;
        }
        double overage = (double) (used - highPages) / high * (1L << PRECISION_SHIFT);
        double seconds = overage * overage / (1L << PRECISION_SHIFT) / (1L << SCALING_SHIFT);
        long delay = (long) Math.min(MAX_DELAY_NS, seconds * 1_000_000_000L);
        return delay <= MIN_DELAY_NS ? 0 : delay;
    }

    /** Counts something that happened here, for the groups above, too. */
    public void count(Event event) {
        ownEvents[event.ordinal()].incrementAndGet();
        for (MemoryAccount at = this; at != null; at = at.parent) {
            at.events[event.ordinal()].incrementAndGet();
        }
    }

    /** How often it happened here or below. */
    public long events(Event event) {
        return events[event.ordinal()].get();
    }

    /** How often it happened here. */
    public long ownEvents(Event event) {
        return ownEvents[event.ordinal()].get();
    }
}
