package dev.moat.vfs.inotify;

import dev.moat.abi.Errno;
import dev.moat.abi.InotifyEvent;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Ioctls;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An inotify instance: its watches and the events not read yet. */
@Stateful
public final class InotifyFile extends FileDescription implements WatchOwner {
    private static final int OPTIONS =
            InotifyFlags.IN_ALL_EVENTS | InotifyFlags.IN_EXCL_UNLINK | InotifyFlags.IN_ONESHOT;

    /** A watch and its places in tables; it keeps the inode, too. */
    private static final int WATCH_BYTES = 768;

    private static final int EVENT_BYTES = 96;

    private final Notifier notifier;

    /** Null: an earlier revision made the instance. */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.EVENTS);

    private final Inode inode;

    /** Whose instance it is, and whose watches. */
    private final int uid;

    private final int maxQueuedEvents;
    private final WaitQueue waiters = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** By descriptor; guarded by the lock. */
    private final Map<Integer, Watch> watches = new TreeMap<>();

    private final ArrayDeque<InotifyEvent> events = new ArrayDeque<>();
    private int lastDescriptor;

    /**
     * An instance of the user {@code uid}.
     *
     * @throws dev.moat.abi.ErrnoException EMFILE: the user has too many
     */
    public InotifyFile(Notifier notifier, Inode inode, int uid, int flags) {
        super(flags);
        this.notifier = notifier;
        this.inode = inode;
        this.uid = uid;
        this.maxQueuedEvents = notifier.usage().maxQueuedEvents();
        notifier.usage().addInstance(uid);
    }

    /**
     * Watches {@code target}, or changes what is watched of it: inotify_add_watch(2).
     *
     * @return the watch descriptor
     * @throws dev.moat.abi.ErrnoException ENOSPC: the user has too many; EEXIST; ENOMEM
     */
    public int watch(Inode target, int mask) {
        int wanted = mask & OPTIONS;
        lock.lock();
        try {
            Watch known = find(target);
            if (known != null) {
                if ((mask & InotifyFlags.IN_MASK_CREATE) != 0) {
                    throw Errno.EEXIST.exception();
                }
                boolean add = (mask & InotifyFlags.IN_MASK_ADD) != 0;
                known.setMask(add ? known.mask() | wanted : wanted);
                return known.descriptor();
            }
            notifier.usage().addWatch(uid);
            if (!HeapCharge.tryGrow(heap, WATCH_BYTES)) {
                notifier.usage().removeWatch(uid);
                throw Errno.ENOMEM.exception();
            }
            Watch fresh = new Watch(this, target, ++lastDescriptor, wanted);
            watches.put(fresh.descriptor(), fresh);
            notifier.attach(fresh);
            return fresh.descriptor();
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Watch find(Inode target) {
        for (Watch watch : watches.values()) {
            if (watch.inode() == target) {
                return watch;
            }
        }
        return null;
    }

    /** inotify_rm_watch(2): EINVAL for an unknown descriptor. */
    public void unwatch(int descriptor) {
        Watch watch;
        lock.lock();
        try {
            watch = watches.get(descriptor);
        } finally {
            lock.unlock();
        }
        if (watch == null) {
            throw Errno.EINVAL.exception();
        }
        forget(watch);
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    /** Ends a watch and says so with IN_IGNORED. */
    @Override
    public void forget(Watch watch) {
        lock.lock();
        try {
            if (watches.remove(watch.descriptor()) == null) {
                return;
            }
            HeapCharge.shrink(heap, WATCH_BYTES);
        } finally {
            lock.unlock();
        }
        notifier.detach(watch);
        notifier.usage().removeWatch(uid);
        queue(watch, InotifyFlags.IN_IGNORED, 0, "");
    }

    @Override
    public void queue(Watch watch, int event, int cookie, String name) {
        InotifyEvent fresh = new InotifyEvent(watch.descriptor(), event, cookie, name);
        lock.lock();
        try {
            // Linux merges an event with the one before it if they are equal.
            if (fresh.equals(events.peekLast())) {
                return;
            }
            if (events.size() >= maxQueuedEvents || !HeapCharge.tryGrow(heap, heldBytes(fresh))) {
                InotifyEvent overflow = new InotifyEvent(-1, InotifyFlags.IN_Q_OVERFLOW, 0, "");
                if (overflow.equals(events.peekLast())) {
                    return;
                }
                fresh = overflow;
            }
            events.add(fresh);
        } finally {
            lock.unlock();
        }
        waiters.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** The word that events were lost costs nothing: at most every other one is that. */
    private static long heldBytes(InotifyEvent event) {
        return event.watch() < 0 ? 0 : EVENT_BYTES + event.name().length();
    }

    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            if (events.isEmpty()) {
                return Errno.EAGAIN.negated();
            }
            long moved = 0;
            for (InotifyEvent next = events.peek(); next != null; next = events.peek()) {
                int length = next.lengthBytes();
                if (length > target.remaining()) {
                    break;
                }
                byte[] bytes = new byte[length];
                MemorySegment segment = MemorySegment.ofArray(bytes);
                next.writeTo(segment, 0);
                if (target.put(segment, 0, length) < length) {
                    return moved > 0 ? moved : Errno.EFAULT.negated();
                }
                events.remove();
                HeapCharge.shrink(heap, heldBytes(next));
                moved += length;
            }
            if (moved == 0) {
                throw Errno.EINVAL.exception();
            }
            return moved;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            return events.isEmpty() ? 0 : PollFlags.POLLIN | PollFlags.POLLRDNORM;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return waiters;
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        if (command != Ioctls.FIONREAD) {
            throw Errno.ENOTTY.exception();
        }
        int pending = 0;
        lock.lock();
        try {
            for (InotifyEvent event : events) {
                pending += event.lengthBytes();
            }
        } finally {
            lock.unlock();
        }
        task.user().writeInt(argument, pending);
        return 0;
    }

    @Override
    protected void closed() {
        List<Watch> all;
        lock.lock();
        try {
            all = new ArrayList<>(watches.values());
            watches.clear();
            events.clear();
            if (heap != null) {
                heap.clear();
            }
        } finally {
            lock.unlock();
        }
        for (Watch watch : all) {
            notifier.detach(watch);
            notifier.usage().removeWatch(uid);
        }
        notifier.usage().removeInstance(uid);
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
    public String anonymousName() {
        return "anon_inode:inotify";
    }

    @Override
    public String describeExtra() {
        StringBuilder text = new StringBuilder();
        lock.lock();
        try {
            for (Watch watch : watches.values()) {
                text.append("inotify wd:")
                        .append(Integer.toHexString(watch.descriptor()))
                        .append(" ino:")
                        .append(Long.toHexString(watch.inode().number()))
                        .append(" sdev:")
                        .append(Long.toHexString(watch.inode().filesystem().deviceId()))
                        .append(" mask:")
                        .append(Integer.toHexString(watch.mask()))
                        .append(" ignored_mask:0\n");
            }
        } finally {
            lock.unlock();
        }
        return text.toString();
    }
}
