package dev.moat.vfs.epoll;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.WaitQueue;

/**
 * Stands in an instance's queue for a task that the safe point took out of its wait: an exclusive
 * event that comes meanwhile finds somebody who takes it, as it would without the safe point.
 */
@Stateful
public final class Deputy implements WaitQueue.Waiter, Resumption.Abandonable {
    private final WaitQueue queue;

    private Deputy(WaitQueue queue) {
        this.queue = queue;
    }

    /** Puts a deputy into the queue of {@code epoll}. */
    public static Deputy in(EpollFile epoll) {
        Deputy deputy = new Deputy(epoll.waitQueue());
        deputy.queue.add(deputy);
        return deputy;
    }

    /** The task collects what has come when it makes its call again. */
    @Override
    public boolean woken(int events) {
        return true;
    }

    /** The task waits itself again, or no more. */
    @Override
    public void abandoned() {
        queue.remove(this);
    }
}
