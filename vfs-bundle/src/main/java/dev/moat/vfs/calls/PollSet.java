package dev.moat.vfs.calls;

import dev.moat.abi.PollFlags;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of one poll(2) or select(2). The blocker registers with all queues before it asks
 * for the first time, so no wake-up is lost. Holds a reference on each file until it is closed.
 */
final class PollSet implements BooleanSupplier, AutoCloseable {
    private final Task task;
    private final @Nullable FileDescription[] files;
    private final int[] fds;
    private final int[] wanted;
    private final int[] ready;
    private int used;
    private int readyCount;

    PollSet(Task task, int size) {
        this.task = task;
        this.files = new @Nullable FileDescription[size];
        this.fds = new int[size];
        this.wanted = new int[size];
        this.ready = new int[size];
    }

    /**
     * Adds a descriptor; a bad one is ready with POLLNVAL, a negative one never. Gives its index.
     */
    int add(int fd, int events) {
        return addExactly(fd, events | PollFlags.POLLERR | PollFlags.POLLHUP);
    }

    /**
     * As {@link #add}, but errors and hang-ups count only where {@code events} has them: select(2).
     */
    int addExactly(int fd, int events) {
        int at = used++;
        fds[at] = fd;
        wanted[at] = events;
        if (fd >= 0) {
            FileDescription file = task.resumption().tryAcquire(task, fd);
            files[at] = file;
            if (file == null) {
                ready[at] = PollFlags.POLLNVAL;
            }
        }
        return at;
    }

    /** Whether the descriptor at {@code index} was bad. */
    boolean isBad(int index) {
        return ready[index] == PollFlags.POLLNVAL;
    }

    /** What was ready at {@code index} when last asked. */
    int ready(int index) {
        return ready[index];
    }

    /** How many were ready when last asked. */
    int readyCount() {
        return readyCount;
    }

    @Override
    public boolean getAsBoolean() {
        int count = 0;
        for (int i = 0; i < used; i++) {
            FileDescription file = files[i];
            if (file != null) {
                ready[i] = file.readiness(task) & (wanted[i] | PollFlags.POLLNVAL);
            }
            if (ready[i] != 0) {
                count++;
            }
        }
        readyCount = count;
        return count > 0;
    }

    /** Waits until something is ready. */
    Blocker.Outcome await(long deadlineNs) {
        if (getAsBoolean()) {
            return Blocker.Outcome.READY;
        }
        if (deadlineNs != Blocker.FOREVER && deadlineNs <= task.sandbox().clock().monotonicNs()) {
            return Blocker.Outcome.TIMED_OUT;
        }
        List<WaitQueue> queues = new ArrayList<>(used);
        for (int i = 0; i < used; i++) {
            FileDescription file = files[i];
            WaitQueue queue = file == null ? null : file.waitQueue(task);
            if (queue != null) {
                queues.add(queue);
            }
        }
        try {
            return task.blocker().block(queues, this, deadlineNs);
        } catch (WaitSuspended e) {
            pin();
            throw e;
        }
    }

    private void pin() {
        for (int i = 0; i < used; i++) {
            FileDescription file = files[i];
            if (file != null) {
                task.resumption().pin(fds[i], file);
            }
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < used; i++) {
            FileDescription file = files[i];
            if (file != null) {
                files[i] = null;
                file.release();
            }
        }
    }
}
