package dev.moat.ipc.sem;

import dev.moat.abi.Sembuf;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One semop(2): its operations, and how it went. */
@Stateful
public final class PendingOperation {
    private final List<Sembuf> operations;
    private final int tgid;
    private final boolean alters;

    /** Adjustments of the caller in this set; null if it asked for none. */
    private final @Nullable Undo undo;

    private final WaitQueue queue = new WaitQueue();

    /** Guarded by the lock of the set: the operation that cannot be done yet. */
    private @Nullable Sembuf blocking;

    /** Written before {@link #done}. */
    private int result;

    /** Volatile: read by the waiting task without the lock. */
    private volatile boolean done;

    PendingOperation(List<Sembuf> operations, int tgid, @Nullable Undo undo) {
        this.operations = operations;
        this.tgid = tgid;
        this.undo = undo;
        this.alters = operations.stream().anyMatch(each -> each.operation() != 0);
    }

    List<Sembuf> operations() {
        return operations;
    }

    int tgid() {
        return tgid;
    }

    boolean alters() {
        return alters;
    }

    @Nullable Undo undo() {
        return undo;
    }

    @Nullable Sembuf blockingLocked() {
        return blocking;
    }

    void setBlockingLocked(Sembuf operation) {
        blocking = operation;
    }

    void finish(int outcome) {
        result = outcome;
        done = true;
    }

    /** Woken when it is done. */
    public WaitQueue queue() {
        return queue;
    }

    public boolean isDone() {
        return done;
    }

    /** 0 or a negated errno, when it is done. */
    public int result() {
        return result;
    }

    void wake() {
        queue.wakeAll(WaitQueue.ANY);
    }
}
