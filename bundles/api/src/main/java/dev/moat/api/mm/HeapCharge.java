package dev.moat.api.mm;

import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What one object, whose size changes, holds of the kernel host's heap: a pipe, a queue. The
 * sandbox and the control group that its maker belonged to pay until the end, whoever makes it
 * grow. A field of this type that is null belongs to an object that an earlier revision made, and
 * counts nothing. Thread safe without locks.
 */
@Stateful
public final class HeapCharge {
    private final @Nullable HeapAccount account;
    private final @Nullable MemoryAccount payer;
    private final HeapUse use;
    private final AtomicLong bytes = new AtomicLong();

    private HeapCharge(@Nullable HeapAccount account, @Nullable MemoryAccount payer, HeapUse use) {
        this.account = account;
        this.payer = payer;
        this.use = use;
    }

    /** An empty one that the calling thread's task pays for; nobody on threads of the host. */
    public static HeapCharge ofCaller(HeapUse use) {
        return new HeapCharge(HeapAccount.current(), PayingThread.payer(), use);
    }

    /** Takes bytes; false: a limit would be passed, and nothing was taken. */
    public static boolean tryGrow(@Nullable HeapCharge charge, long count) {
        return charge == null || charge.tryGrow(count);
    }

    /** Gives bytes back. */
    public static void shrink(@Nullable HeapCharge charge, long count) {
        if (charge != null) {
            charge.grow(-count);
        }
    }

    /** The same of which a certain account pays, from the root's share. */
    public static HeapCharge of(HeapAccount account, HeapUse use) {
        return new HeapCharge(account, null, use);
    }

    /** Takes bytes; false: a limit would be passed, and nothing was taken. */
    public boolean tryGrow(long count) {
        if (account != null && !account.tryCharge(use, payer, count)) {
            PayingThread.noteShort();
            return false;
        }
        bytes.addAndGet(count);
        return true;
    }

    /** Counts bytes that are there already, beyond limits if need be; gives back if negative. */
    public void grow(long count) {
        bytes.addAndGet(count);
        if (account != null) {
            if (count > 0) {
                account.charge(use, payer, count);
            } else {
                account.uncharge(use, payer, -count);
            }
        }
    }

    /** Gives back what is beyond {@code wanted}, unless somebody else is about to change it. */
    public void trim(long wanted) {
        long had = bytes.get();
        if (had > wanted && bytes.compareAndSet(had, wanted) && account != null) {
            account.uncharge(use, payer, had - wanted);
        }
    }

    /** Gives everything back; it may grow again. */
    public void clear() {
        long had = bytes.getAndSet(0);
        if (account != null && had != 0) {
            account.uncharge(use, payer, had);
        }
    }

    /** Bytes held. */
    public long bytes() {
        return bytes.get();
    }
}
