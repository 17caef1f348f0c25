package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who changes a file: one at a time, so that its pages get what the server got last. The lock of
 * the inode, which tasks wait for as for the server itself: it is held while that thinks.
 */
@Stateful
final class FuseTurn {
    private final WaitQueue free = new WaitQueue();
    private final AtomicBoolean taken = new AtomicBoolean();

    /** EINTR: the task ends before it is its turn. */
    void take(Task task) {
        if (tryTake()) {
            return;
        }
        Blocker.Outcome outcome =
                task.blocker().blockUninterruptibly(free, this::tryTake, Blocker.FOREVER);
        if (outcome != Blocker.Outcome.READY) {
            throw Errno.EINTR.exception();
        }
    }

    private boolean tryTake() {
        return taken.compareAndSet(false, true);
    }

    void give() {
        taken.set(false);
        free.wakeAll(WaitQueue.ANY);
    }
}
