package dev.moat.aio;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What io_setup(2) makes: a ring of events, and the polls that will put some there. */
@Stateful(version = 2, upgrade = AioContextUpgrade.class)
final class AioContext {
    private final AioWorker worker;
    private final long memoryId;
    private final long requests;
    private final WaitQueue events = new WaitQueue();

    /** Held while events are given to a guest: each is given once. Taken before the lock. */
    private final RankedLock reading = new RankedLock(LockRank.VFS_INODE);

    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by the lock, as all below. */
    private final AioRing ring;

    private final Set<AioPoll> polls = new LinkedHashSet<>();

    /** Requests that have a slot and are neither polls nor in the ring. */
    private int underWay;

    private boolean ended;

    /** Where the guest sees the ring. Set once, before anybody knows the context. */
    private long userAddr;

    /**
     * @param requests as counted for aio-max-nr
     * @param slots wanted in the ring
     */
    AioContext(Task maker, long requests, int slots) {
        this.worker = AioWorker.of(maker.sandbox());
        this.memoryId = maker.memory().id();
        this.requests = requests;
        this.ring = new AioRing(maker.sandbox(), this, slots);
    }

    AioWorker worker() {
        return worker;
    }

    AioRing ring() {
        return ring;
    }

    long memoryId() {
        return memoryId;
    }

    long requests() {
        return requests;
    }

    long userAddr() {
        return userAddr;
    }

    void placed(long at) {
        userAddr = at;
    }

    WaitQueue events() {
        return events;
    }

    /** The ring is mapped nowhere any more. */
    void abandoned() {
        worker.enqueue(this);
    }

    /** Takes a slot for a request: EAGAIN if there is none, EINVAL behind the end. */
    void begin() {
        lock.lock();
        try {
            if (ended) {
                throw Errno.EINVAL.exception();
            }
            int used = underWay + polls.size() + ring.waiting();
            if (used >= ring.slots() - 1) {
                throw Errno.EAGAIN.exception();
            }
            underWay++;
        } finally {
            lock.unlock();
        }
    }

    /** The request was refused after all. */
    void drop() {
        lock.lock();
        try {
            underWay--;
        } finally {
            lock.unlock();
        }
    }

    /** A request that has a slot is done. */
    void complete(Iocb iocb, long result, @Nullable FileDescription eventFile) {
        lock.lock();
        try {
            underWay--;
            addLocked(iocb, result);
        } finally {
            lock.unlock();
        }
        tell(eventFile);
    }

    private void addLocked(Iocb iocb, long result) {
        if (!ended) {
            ring.add(new AioEvent(iocb.data(), iocb.userAddr(), result));
        }
    }

    private void tell(@Nullable FileDescription eventFile) {
        events.wakeAll(WaitQueue.ANY);
        if (eventFile != null) {
            eventFile.countEvent();
        }
    }

    /** A request that has a slot waits for its file. */
    void await(AioPoll poll) {
        boolean late;
        lock.lock();
        try {
            underWay--;
            late = ended;
            if (!late) {
                polls.add(poll);
            }
        } finally {
            lock.unlock();
        }
        if (late) {
            poll.release();
            return;
        }
        poll.listen();
        look(poll);
    }

    /** Ends a poll if what it waits for is there. */
    void look(AioPoll poll) {
        int ready = poll.isTaken() ? 0 : poll.ready();
        if (ready != 0 && poll.take()) {
            finish(poll, ready);
        }
    }

    private void finish(AioPoll poll, int result) {
        boolean known;
        lock.lock();
        try {
            known = polls.remove(poll);
            if (known) {
                addLocked(poll.iocb(), result);
            }
        } finally {
            lock.unlock();
        }
        tell(known ? poll.eventFile() : null);
        poll.release();
    }

    /** io_cancel(2): whether there was such a poll; it ends with an event of 0. */
    boolean cancel(long iocbAddr) {
        AioPoll found = null;
        lock.lock();
        try {
            for (AioPoll poll : polls) {
                if (poll.iocb().userAddr() == iocbAddr && !poll.isTaken()) {
                    found = poll;
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        if (found == null || !found.take()) {
            return false;
        }
        finish(found, 0);
        return true;
    }

    int waiting() {
        lock.lock();
        try {
            return ended ? 0 : ring.waiting();
        } finally {
            lock.unlock();
        }
    }

    boolean isEnded() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Gives events to the guest; how many. EFAULT: nothing is lost. */
    int give(Task task, long userAddr, int most) {
        reading.lock();
        try {
            List<byte[]> first = peek(most);
            long at = userAddr;
            for (byte[] event : first) {
                task.user().copyOut(at, event);
                at += AioEvent.BYTES;
            }
            taken(first.size());
            return first.size();
        } finally {
            reading.unlock();
        }
    }

    private List<byte[]> peek(int most) {
        lock.lock();
        try {
            return ended || most == 0 ? List.of() : ring.peek(most);
        } finally {
            lock.unlock();
        }
    }

    private void taken(int count) {
        lock.lock();
        try {
            if (!ended && count > 0) {
                ring.take(count);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends all; called once. */
    void end() {
        List<AioPoll> open;
        lock.lock();
        try {
            ended = true;
            open = new ArrayList<>(polls);
            polls.clear();
        } finally {
            lock.unlock();
        }
        for (AioPoll poll : open) {
            if (poll.take()) {
                poll.release();
            }
        }
        events.wakeAll(WaitQueue.ANY);
        ring.close();
    }
}
