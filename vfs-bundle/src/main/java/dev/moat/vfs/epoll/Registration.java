package dev.moat.vfs.epoll;

import dev.moat.abi.PollFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;

/** Interest of an epoll instance in one descriptor. */
@Stateful
final class Registration implements WaitQueue.Waiter {
    /** Told whether asked for or not. */
    static final int ALWAYS = PollFlags.EPOLLERR | PollFlags.EPOLLHUP;

    /** Bits that say how, not what: EP_PRIVATE_BITS. */
    static final int OPTIONS =
            PollFlags.EPOLLWAKEUP
                    | PollFlags.EPOLLONESHOT
                    | PollFlags.EPOLLET
                    | PollFlags.EPOLLEXCLUSIVE;

    private final EpollFile owner;
    private final Key key;

    /** Who added it: whose signals a signalfd shows here. */
    private final Task task;

    private final WaitQueue queue;

    // Guarded by the owner's ready lock.
    private int events;
    private long data;
    private boolean queued;
    private boolean removed;

    Registration(EpollFile owner, Key key, Task task, WaitQueue queue, int events, long data) {
        this.owner = owner;
        this.key = key;
        this.task = task;
        this.queue = queue;
        this.events = events | ALWAYS;
        this.data = data;
    }

    /**
     * A descriptor number and what it stood for: the number may be reused while this is registered.
     */
    record Key(int fd, FileDescription file) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.fd == fd && key.file == file;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(file) * 31 + fd;
        }
    }

    EpollFile owner() {
        return owner;
    }

    Key key() {
        return key;
    }

    FileDescription file() {
        return key.file();
    }

    WaitQueue queue() {
        return queue;
    }

    int events() {
        return events;
    }

    long data() {
        return data;
    }

    void change(int newEvents, long newData) {
        events = newEvents | ALWAYS;
        data = newData;
    }

    /** After an event of a one-shot registration: nothing more until it is changed. */
    void disable() {
        events &= OPTIONS;
    }

    boolean isQueued() {
        return queued;
    }

    void setQueued(boolean now) {
        queued = now;
    }

    boolean isRemoved() {
        return removed;
    }

    void remove() {
        removed = true;
    }

    /** What is ready of what is wanted; asks the file, so call it without locks. */
    int ready(int wanted) {
        if ((wanted & ~OPTIONS) == 0 || !file().tryRetain()) {
            return 0;
        }
        try {
            return file().readiness(task) & (wanted & ~OPTIONS | ALWAYS);
        } finally {
            file().release();
        }
    }

    @Override
    public boolean woken(int happened) {
        return owner.woken(this, happened);
    }

    /** Needs no lock: the bit is set at the start or never. */
    @Override
    public boolean isExclusive() {
        return (events & PollFlags.EPOLLEXCLUSIVE) != 0;
    }
}
