package dev.moat.vfs.epoll;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.epoll.Registration.Key;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An epoll instance. */
@Stateful
public final class EpollFile extends ControlFile {
    /** A registration and its places in tables and queues. */
    private static final int REGISTRATION_BYTES = 320;

    private final Inode inode;

    /** Null: an earlier revision made the instance. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.EVENTS);

    private final WaitQueue waiters = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by the lock. */
    private final Map<Key, Registration> registrations = new LinkedHashMap<>();

    /**
     * A leaf: taken in wake-ups, whatever their caller holds. Guards the list and the state of
     * registrations.
     */
    private final RankedLock readyLock = new RankedLock(LockRank.TASK);

    private final ArrayDeque<Registration> ready = new ArrayDeque<>();

    public EpollFile(Inode inode, int flags) {
        super(flags);
        this.inode = inode;
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public long seek(Task task, long offset, int whence) {
        // noop_llseek(): the position stays where it is.
        return 0;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[eventpoll]";
    }

    /**
     * EPOLL_CTL_ADD: ENOMEM, EEXIST, EPERM for files that are always ready, ELOOP for instances
     * that watch each other.
     */
    public void add(Task task, int fd, FileDescription file, int events, long data) {
        WaitQueue queue = file.waitQueue(task);
        if (queue == null) {
            throw Errno.EPERM.exception();
        }
        if (file instanceof EpollFile other) {
            other.checkNesting(this, 1);
        }
        Registration fresh = new Registration(this, new Key(fd, file), task, queue, events, data);
        lock.lock();
        try {
            if (registrations.putIfAbsent(fresh.key(), fresh) != null) {
                throw Errno.EEXIST.exception();
            }
            if (!HeapCharge.tryGrow(heap, REGISTRATION_BYTES)) {
                registrations.remove(fresh.key());
                throw Errno.ENOMEM.exception();
            }
        } finally {
            lock.unlock();
        }
        attach(fresh);
        queue.add(fresh);
        queueIfReady(fresh);
    }

    /**
     * Throws ELOOP if {@code seeker} is reached from here, or the chain is longer than
     * EP_MAX_NESTS.
     */
    private void checkNesting(EpollFile seeker, int depth) {
        if (this == seeker || depth > PollFlags.EP_MAX_NESTS) {
            throw Errno.ELOOP.exception();
        }
        for (Registration inner : copy()) {
            if (inner.file() instanceof EpollFile other) {
                other.checkNesting(seeker, depth + 1);
            }
        }
    }

    private List<Registration> copy() {
        lock.lock();
        try {
            return new ArrayList<>(registrations.values());
        } finally {
            lock.unlock();
        }
    }

    /** EPOLL_CTL_MOD: ENOENT; EINVAL for an exclusive registration. */
    public void change(int fd, FileDescription file, int events, long data) {
        Registration known = require(fd, file);
        readyLock.lock();
        try {
            if ((known.events() & PollFlags.EPOLLEXCLUSIVE) != 0) {
                throw Errno.EINVAL.exception();
            }
            known.change(events, data);
        } finally {
            readyLock.unlock();
        }
        queueIfReady(known);
    }

    private Registration require(int fd, FileDescription file) {
        lock.lock();
        try {
            Registration known = registrations.get(new Key(fd, file));
            if (known == null) {
                throw Errno.ENOENT.exception();
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** EPOLL_CTL_DEL: ENOENT. */
    public void remove(int fd, FileDescription file) {
        Registration known = require(fd, file);
        forget(known);
        detach(known);
    }

    @Override
    public FileDescription watched(int fd, int index) {
        int left = index;
        for (Registration each : copy()) {
            if (each.key().fd() == fd && left-- == 0) {
                return each.file();
            }
        }
        throw Errno.ENOENT.exception();
    }

    private void forget(Registration gone) {
        lock.lock();
        try {
            if (registrations.remove(gone.key(), gone)) {
                HeapCharge.shrink(heap, REGISTRATION_BYTES);
            }
        } finally {
            lock.unlock();
        }
        gone.queue().remove(gone);
        readyLock.lock();
        try {
            gone.remove();
            ready.remove(gone);
        } finally {
            readyLock.unlock();
        }
    }

    @SuppressWarnings("unchecked") // only this class fills the slot
    private static void attach(Registration fresh) {
        AtomicReference<@Nullable Object> slot = fresh.file().pollers();
        if (slot.get() == null) {
            slot.compareAndSet(null, new CopyOnWriteArrayList<Registration>());
        }
        if (slot.get() instanceof List<?> list) {
            ((List<Registration>) list).add(fresh);
        }
    }

    private static void detach(Registration gone) {
        if (gone.file().pollers().get() instanceof List<?> list) {
            list.remove(gone);
        }
    }

    /** {@code file} is closed for good: every instance forgets it. */
    public static void closed(FileDescription file) {
        if (file.pollers().get() instanceof List<?> list) {
            for (Object each : list) {
                Registration registration = (Registration) each;
                registration.owner().forget(registration);
            }
        }
    }

    @Override
    protected void closed() {
        for (Registration each : copy()) {
            forget(each);
            detach(each);
        }
    }

    private void queueIfReady(Registration registration) {
        if (registration.ready(eventsOf(registration)) != 0) {
            put(registration);
        }
    }

    private int eventsOf(Registration registration) {
        readyLock.lock();
        try {
            return registration.events();
        } finally {
            readyLock.unlock();
        }
    }

    /**
     * A file woke its waiters.
     *
     * @return whether somebody waits here for what happened, as ep_poll_callback() answers
     */
    boolean woken(Registration registration, int happened) {
        int wanted = eventsOf(registration);
        if ((wanted & ~Registration.OPTIONS) == 0
                || happened != 0 && (happened & (wanted | Registration.ALWAYS)) == 0) {
            return false;
        }
        boolean waited = !waiters.isEmpty();
        put(registration);
        return waited;
    }

    private void put(Registration registration) {
        readyLock.lock();
        try {
            if (registration.isRemoved() || registration.isQueued()) {
                return;
            }
            registration.setQueued(true);
            ready.add(registration);
        } finally {
            readyLock.unlock();
        }
        waiters.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    private @Nullable Registration take() {
        readyLock.lock();
        try {
            Registration next = ready.poll();
            if (next != null) {
                next.setQueued(false);
            }
            return next;
        } finally {
            readyLock.unlock();
        }
    }

    private int readyCount() {
        readyLock.lock();
        try {
            return ready.size();
        } finally {
            readyLock.unlock();
        }
    }

    /** Takes up to {@code limit} events; level-triggered registrations stay on the list. */
    public void collect(int limit, EventSink sink) {
        List<Registration> again = new ArrayList<>();
        int taken = 0;
        for (int looks = readyCount(); looks > 0 && taken < limit; looks--) {
            Registration next = take();
            if (next == null) {
                break;
            }
            int wanted = eventsOf(next);
            int now = next.ready(wanted);
            if (now == 0) {
                continue;
            }
            if (!deliver(next, now, sink)) {
                continue;
            }
            taken++;
            if ((wanted & (PollFlags.EPOLLET | PollFlags.EPOLLONESHOT)) == 0) {
                again.add(next);
            }
        }
        for (Registration level : again) {
            requeue(level);
        }
    }

    /** Hands an event out, unless the registration went or fired in another thread meanwhile. */
    private boolean deliver(Registration registration, int now, EventSink sink) {
        long data;
        readyLock.lock();
        try {
            if (registration.isRemoved() || (registration.events() & ~Registration.OPTIONS) == 0) {
                return false;
            }
            data = registration.data();
            if ((registration.events() & PollFlags.EPOLLONESHOT) != 0) {
                registration.disable();
            }
        } finally {
            readyLock.unlock();
        }
        sink.event(now, data);
        return true;
    }

    private void requeue(Registration level) {
        readyLock.lock();
        try {
            if (!level.isRemoved() && !level.isQueued()) {
                level.setQueued(true);
                ready.add(level);
            }
        } finally {
            readyLock.unlock();
        }
    }

    /** Takes events. */
    @FunctionalInterface
    public interface EventSink {
        void event(int events, long data);
    }

    @Override
    public int readiness() {
        List<Registration> candidates;
        readyLock.lock();
        try {
            candidates = new ArrayList<>(ready);
        } finally {
            readyLock.unlock();
        }
        for (Registration each : candidates) {
            if (each.ready(eventsOf(each)) != 0) {
                return PollFlags.POLLIN | PollFlags.POLLRDNORM;
            }
        }
        return 0;
    }

    @Override
    public WaitQueue waitQueue() {
        return waiters;
    }

    @Override
    public String describeExtra() {
        StringBuilder text = new StringBuilder();
        for (Registration each : copy()) {
            text.append(
                    "tfd: %8d events: %8x data: %16x  pos:%d ino:%x sdev:%x\n"
                            .formatted(
                                    each.key().fd(),
                                    eventsOf(each),
                                    each.data(),
                                    each.file().position(),
                                    each.file().inode().number(),
                                    each.file().inode().filesystem().deviceId()));
        }
        return text.toString();
    }
}
