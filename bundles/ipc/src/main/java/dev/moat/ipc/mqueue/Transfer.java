package dev.moat.ipc.mqueue;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import org.jspecify.annotations.Nullable;

/** One mq_send(3) or mq_receive(3): done at once, or by who comes from the other side. */
@Stateful
public final class Transfer {
    private final WaitQueue queue = new WaitQueue();

    /** What is sent; of a receiver null until it is done. */
    private @Nullable Letter letter;

    /** Volatile: read by the waiting task without the lock; the letter is written before. */
    private volatile boolean done;

    private Transfer(@Nullable Letter letter) {
        this.letter = letter;
    }

    static Transfer sending(Letter letter) {
        return new Transfer(letter);
    }

    static Transfer receiving() {
        return new Transfer(null);
    }

    /** The message. */
    public Letter letter() {
        Letter known = letter;
        if (known == null) {
            throw new IllegalStateException("nothing was received");
        }
        return known;
    }

    void finish() {
        done = true;
    }

    void finish(Letter received) {
        letter = received;
        done = true;
    }

    /** Woken when it is done. */
    public WaitQueue queue() {
        return queue;
    }

    public boolean isDone() {
        return done;
    }
}
