package dev.moat.api.cgroup;

import dev.moat.api.task.Task;
import org.jspecify.annotations.Nullable;

/**
 * A thread that pays for the memory it takes: who needs a page is not known where pages are
 * counted, so the account goes with the thread, as Linux' {@code current} does.
 */
public final class PayingThread extends Thread {
    /** Own thread only. */
    private @Nullable MemoryAccount account;

    /** Whose thread this is now. Own thread only. */
    private @Nullable Task task;

    /** The account is above memory.high since it was last asked. Own thread only. */
    private boolean overHigh;

    /** Memory for the kernel was short since it was last asked. Own thread only. */
    private boolean isShort;

    /**
     * @param stackBytes wanted size of its stack
     */
    public PayingThread(Runnable body, String name, long stackBytes) {
        super(null, body, name, stackBytes);
        setDaemon(true);
    }

    /** The account of the calling thread; null: the root's. */
    public static @Nullable MemoryAccount payer() {
        return Thread.currentThread() instanceof PayingThread own ? own.account : null;
    }

    /** From here on the calling thread pays from {@code account}. */
    public static void pay(@Nullable MemoryAccount account) {
        if (Thread.currentThread() instanceof PayingThread own) {
            own.account = account;
            own.overHigh = false;
        }
    }

    /** From here on the calling thread is that of {@code task}; null: of nobody. */
    public static void serve(@Nullable Task task) {
        if (Thread.currentThread() instanceof PayingThread own) {
            own.task = task;
        }
    }

    /**
     * The task whose thread this is, for file systems that have to wait and were not told for whom;
     * null on threads of the kernel host.
     */
    public static @Nullable Task current() {
        return Thread.currentThread() instanceof PayingThread own ? own.task : null;
    }

    /** Notes that the calling thread has to wait before it goes on. */
    public static void noteOverHigh() {
        if (Thread.currentThread() instanceof PayingThread own) {
            own.overHigh = true;
        }
    }

    /** Whether {@link #noteOverHigh} was called. */
    public static boolean isOverHigh() {
        return Thread.currentThread() instanceof PayingThread own && own.overHigh;
    }

    /** Notes that the calling thread has to make room for the kernel's memory before it goes on. */
    public static void noteShort() {
        if (Thread.currentThread() instanceof PayingThread own) {
            own.isShort = true;
        }
    }

    /** Whether {@link #noteShort} was called since this was last asked. */
    public static boolean takeShort() {
        if (Thread.currentThread() instanceof PayingThread own && own.isShort) {
            own.isShort = false;
            return true;
        }
        return false;
    }

    /** Whether the calling thread has something to do before it goes on. */
    public static boolean isDetained() {
        return Thread.currentThread() instanceof PayingThread own && (own.overHigh || own.isShort);
    }

    /** The wait is over. */
    public static void settle() {
        if (Thread.currentThread() instanceof PayingThread own) {
            own.overHigh = false;
        }
    }
}
