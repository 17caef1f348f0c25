package dev.moat.api.mm;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of the kernel host's heap that are held for the guests of one sandbox, whole pages of
 * which count against its memory limit and the control group of who asked: what GFP_KERNEL_ACCOUNT
 * is in Linux, mm/memcontrol.c. Sizes are estimates, rather too high than too low. Thread safe
 * without locks; charging never waits, and any locks may be held.
 */
@Stateful
public final class HeapAccount implements Restorable {
    private static final int PAGE_SHIFT = 12;

    private final Pages pages;
    private final AtomicLong bytes = new AtomicLong();

    /** By the place in {@link HeapUse}. Set anew only when a restore finds uses that are new. */
    private AtomicLongArray uses = new AtomicLongArray(HeapUse.values().length);

    /** Where whole pages come from. Thread safe; never waits. */
    public interface Pages {
        /** Takes pages; false: there are no more to be had. */
        boolean takeHeap(long count);

        /** Counts pages that are there already; if negative, gives pages back. */
        void adjustHeap(long count);

        /** Whether one more page could be had now. */
        boolean hasHeapRoom();
    }

    public HeapAccount(Pages pages) {
        this.pages = pages;
    }

    @Override
    public void restored() {
        AtomicLongArray known = uses;
        if (known.length() < HeapUse.values().length) {
            uses = new AtomicLongArray(HeapUse.values().length);
            for (int i = 0; i < known.length(); i++) {
                uses.set(i, known.get(i));
            }
        }
    }

    /** That of the sandbox whose task the calling thread serves; null on threads of the host. */
    public static @Nullable HeapAccount current() {
        Task task = PayingThread.current();
        return task == null ? null : task.sandbox().memory().heap();
    }

    /**
     * For calls that make something small and of fixed size, which is charged when it is there.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM: the calling thread's sandbox has no more memory
     *     for the kernel
     */
    public static void checkRoom() {
        if (!hasRoom()) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** As {@link #checkRoom}: false in place of ENOMEM. */
    public static boolean hasRoom() {
        HeapAccount account = current();
        if (account == null || account.pages.hasHeapRoom()) {
            return true;
        }
        // Says it where caches are in the way.
        PayingThread.noteShort();
        return false;
    }

    /** Bytes held now. */
    public long bytes() {
        return bytes.get();
    }

    /** Bytes of one kind. */
    public long bytes(HeapUse use) {
        return uses.get(use.ordinal());
    }

    /**
     * Takes bytes.
     *
     * @param payer the control group that pays, too; null: the root
     * @return false: a limit would be passed, and nothing was taken
     */
    public boolean tryCharge(HeapUse use, @Nullable MemoryAccount payer, long count) {
        if (payer != null && !payer.tryChargeKernel(count)) {
            return false;
        }
        long now = bytes.addAndGet(count);
        long more = pagesOf(now) - pagesOf(now - count);
        if (more > 0 && !pages.takeHeap(more)) {
            long left = bytes.addAndGet(-count);
            // Others may have crossed the border of a page in between.
            pages.adjustHeap(more - (pagesOf(left + count) - pagesOf(left)));
            if (payer != null) {
                payer.unchargeKernel(count);
            }
            return false;
        }
        uses.addAndGet(use.ordinal(), count);
        return true;
    }

    /** Counts bytes that are there already, beyond limits if need be. */
    public void charge(HeapUse use, @Nullable MemoryAccount payer, long count) {
        if (payer != null) {
            payer.chargeKernel(count);
        }
        add(count);
        uses.addAndGet(use.ordinal(), count);
    }

    /** Gives bytes back to who paid for them. */
    public void uncharge(HeapUse use, @Nullable MemoryAccount payer, long count) {
        if (payer != null) {
            payer.unchargeKernel(count);
        }
        add(-count);
        uses.addAndGet(use.ordinal(), -count);
    }

    private void add(long count) {
        long now = bytes.addAndGet(count);
        long more = pagesOf(now) - pagesOf(now - count);
        if (more != 0) {
            pages.adjustHeap(more);
        }
    }

    private static long pagesOf(long bytes) {
        return bytes + (1L << PAGE_SHIFT) - 1 >> PAGE_SHIFT;
    }

    /** What is held, by use, in KiB; what takes less is left out. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder().append(bytes() >> 10).append(" KiB");
        for (HeapUse use : HeapUse.values()) {
            long kib = bytes(use) >> 10;
            if (kib > 0) {
                out.append(", ").append(use.label()).append(' ').append(kib);
            }
        }
        return out.toString();
    }
}
