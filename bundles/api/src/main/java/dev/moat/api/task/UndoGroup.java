package dev.moat.api.task;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that share one list of semaphore adjustments: CLONE_SYSVSEM of clone(2), SEM_UNDO of
 * semop(2). Counted; when the last of them ends, what they did is undone. Thread safe.
 */
@Stateful
public final class UndoGroup {
    private final AtomicInteger tasks = new AtomicInteger(1);
    private final AtomicReference<@Nullable Adjustments> adjustments = new AtomicReference<>();

    /** What is undone; kept by whoever serves semaphores. */
    public interface Adjustments {
        /**
         * Does it, once.
         *
         * @param tgid the process whose end this is
         */
        void undo(int tgid);
    }

    /** One more task. */
    public void retain() {
        tasks.incrementAndGet();
    }

    /** A task of process {@code tgid} leaves; the last one undoes. */
    public void release(int tgid) {
        if (tasks.decrementAndGet() == 0) {
            Adjustments all = adjustments.getAndSet(null);
            if (all != null) {
                all.undo(tgid);
            }
        }
    }

    /** The adjustments, made by {@code maker} when they are first asked for. */
    public Adjustments adjustments(Supplier<? extends Adjustments> maker) {
        Adjustments known = adjustments.get();
        if (known != null) {
            return known;
        }
        Adjustments made = maker.get();
        Adjustments earlier = adjustments.compareAndExchange(null, made);
        return earlier == null ? made : earlier;
    }
}
