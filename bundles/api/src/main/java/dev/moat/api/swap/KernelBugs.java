package dev.moat.api.swap;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Where bugs of the kernel in one sandbox are told: whatever is thrown out of a handler, a task's
 * run loop or a kernel thread that is not an errno. Somebody may know how to make it undone: a
 * revision that is new and at fault is taken back. Thread safe.
 */
@Stateless("listeners, which come and go by themselves")
public final class KernelBugs {
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    /** Wants to know. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Called on the thread that failed, with no locks held.
         *
         * @return whether the cause is being taken away, and the safe point has been requested for
         *     that: the caller makes its way there and tries again afterwards
         */
        boolean isUndone(Throwable bug);
    }

    public void add(Listener listener) {
        listeners.add(listener);
    }

    public void remove(Listener listener) {
        listeners.remove(listener);
    }

    /**
     * Tells a bug.
     *
     * @return whether the caller shall go to the safe point and try again
     */
    public boolean isUndone(Throwable bug) {
        for (Listener listener : listeners) {
            if (listener.isUndone(bug)) {
                return true;
            }
        }
        return false;
    }
}
