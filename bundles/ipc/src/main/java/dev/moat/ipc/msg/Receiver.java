package dev.moat.ipc.msg;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import org.jspecify.annotations.Nullable;

/** One msgrcv(2): what it wants, and what came of it. */
@Stateful
public final class Receiver {
    private final Wish wish;
    private final int tgid;
    private final WaitQueue queue = new WaitQueue();

    /** Written before {@link #done}, as the next. */
    private @Nullable Message message;

    private int error;

    /** Volatile: read by the waiting task without the lock. */
    private volatile boolean done;

    Receiver(Wish wish, int tgid) {
        this.wish = wish;
        this.tgid = tgid;
    }

    Wish wish() {
        return wish;
    }

    int tgid() {
        return tgid;
    }

    void give(Message given) {
        message = given;
        done = true;
    }

    /** Ends with an errno. */
    void fail(int errno) {
        error = errno;
        done = true;
    }

    /** Woken when it is done. */
    public WaitQueue queue() {
        return queue;
    }

    public boolean isDone() {
        return done;
    }

    /** The message, when it is done; null if it failed. */
    public @Nullable Message message() {
        return message;
    }

    /** Errno of the failure. */
    public int error() {
        return error;
    }

    void wake() {
        queue.wakeAll(WaitQueue.ANY);
    }
}
