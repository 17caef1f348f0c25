package dev.moat.api.task;

import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a system call that {@link WaitSuspended} took out of a wait needs when it is made again
 * after the safe point. Plain values, which outlive the classes of the call. Empty in a call that
 * is made for the first time; on the task's own thread only.
 */
public final class Resumption {
    private static final long NO_DEADLINE = Blocker.FOREVER;

    /** The call under way was suspended before. */
    private boolean resumed;

    private long progress;
    private long waitDeadlineNs = NO_DEADLINE;
    private long callDeadlineNs = NO_DEADLINE;
    private long count;
    private @Nullable Object kept;

    /** Open files by descriptor, each with a reference. */
    private Map<Integer, FileDescription> pins = Map.of();

    /** Whether the call under way was suspended before. */
    public boolean isResumed() {
        return resumed;
    }

    /**
     * When a wait that may last {@code timeoutNs} ends: counted from now, or, in a call that is
     * made again, as it was counted when the wait began.
     *
     * @return on the monotonic clock; {@link Blocker#FOREVER} for that and for what is beyond the
     *     clock's range
     */
    public long deadlineAfter(Task task, long timeoutNs) {
        if (timeoutNs == Blocker.FOREVER) {
            return Blocker.FOREVER;
        }
        if (waitDeadlineNs != NO_DEADLINE) {
            long counted = waitDeadlineNs;
            waitDeadlineNs = NO_DEADLINE;
            return counted;
        }
        long nowNs = task.sandbox().clock().monotonicNs();
        return timeoutNs > Blocker.FOREVER - nowNs ? Blocker.FOREVER : nowNs + timeoutNs;
    }

    /** When the wait ends that was suspended; {@link Blocker#FOREVER}: never. */
    public long deadlineNs() {
        return waitDeadlineNs;
    }

    /** How many bytes a transfer had moved; 0 in a first try. */
    public long progress() {
        return progress;
    }

    /** Takes what a transfer had moved: the next one of the same call begins at 0. */
    public long takeProgress() {
        long done = progress;
        progress = 0;
        return done;
    }

    /** Notes how many bytes a transfer has moved; called when {@link WaitSuspended} passes. */
    public void setProgress(long bytes) {
        progress = bytes;
    }

    /** How many transfers, or bytes of earlier ones, a call with several had done. */
    public long count() {
        return count;
    }

    /** Notes what the transfers before the one under way have done. */
    public void setCount(long done) {
        count = done;
    }

    /**
     * The open file behind {@code fd}, as {@link FdTable#acquire}: in a call that is made again the
     * one that it was first made with, even if the descriptor has been closed since.
     */
    public FileDescription acquire(Task task, int fd) {
        FileDescription file = pinned(fd);
        return file != null ? file : task.files().acquire(fd);
    }

    /** As {@link #acquire}, null instead of EBADF. */
    public @Nullable FileDescription tryAcquire(Task task, int fd) {
        FileDescription file = pinned(fd);
        return file != null ? file : task.files().tryAcquire(fd);
    }

    /** Keeps {@code file} for the call that is made again; called when WaitSuspended passes. */
    public void pin(int fd, FileDescription file) {
        if (!pins.containsKey(fd) && file.tryRetain()) {
            if (pins.isEmpty()) {
                pins = new HashMap<>();
            }
            pins.put(fd, file);
        }
    }

    private @Nullable FileDescription pinned(int fd) {
        FileDescription file = resumed ? pins.get(fd) : null;
        return file != null && file.tryRetain() ? file : null;
    }

    /** The deadline of a call with several waits; {@code computed} in a first try. */
    public long callDeadline(long computedNs) {
        return callDeadlineNs == NO_DEADLINE ? computedNs : callDeadlineNs;
    }

    /** Notes the deadline of the whole call; called when {@link WaitSuspended} passes. */
    public void setCallDeadline(long deadlineNs) {
        callDeadlineNs = deadlineNs;
    }

    /**
     * Keeps an object that stays in place while the task is at the safe point: a waiter in a queue.
     * The call that is made again must take it, whatever else happens to it.
     */
    public void keep(Object waiter) {
        kept = waiter;
    }

    /** Takes what was kept, if it is of this type. */
    public <T> @Nullable T take(Class<T> type) {
        if (!type.isInstance(kept)) {
            return null;
        }
        T taken = type.cast(kept);
        kept = null;
        return taken;
    }

    /** What is kept, and has to be told if the call is never made again. */
    public interface Abandonable {
        /** Takes it out of its queue. */
        void abandoned();
    }

    /** For the blocker: a wait until {@code deadlineNs} is suspended. */
    public void suspend(long deadlineNs) {
        resumed = true;
        waitDeadlineNs = deadlineNs;
    }

    /** For the run loop: the call has ended. */
    public void clear() {
        resumed = false;
        progress = 0;
        count = 0;
        waitDeadlineNs = NO_DEADLINE;
        callDeadlineNs = NO_DEADLINE;
        Object left = kept;
        kept = null;
        switch (left) {
            case FileDescription file -> file.release();
            case Abandonable waiter -> waiter.abandoned();
            case Abandonable[] waiters -> List.of(waiters).forEach(Abandonable::abandoned);
            case null, default -> {}
        }
        Map<Integer, FileDescription> files = pins;
        pins = Map.of();
        files.values().forEach(FileDescription::release);
    }
}
