package dev.moat.task.seccomp;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.SeccompData;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.seccomp.Notification.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Calls on which a filter wants another process to decide: SECCOMP_RET_USER_NOTIF. Source:
 * kernel/seccomp.c seccomp_do_user_notification and the seccomp_notify_ functions.
 */
@Stateful
public final class Listener {
    /** Filter whose calls come here. */
    private final Filter filter;

    /** SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: only the end interrupts a call that was received. */
    private final boolean killableOnly;

    private final WaitQueue bell = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Not yet forgotten, in order. Guarded by lock. */
    private final List<Notification> waiting = new ArrayList<>();

    /** Guarded by lock. */
    private long nextId = new SplittableRandom().nextLong();

    /** The last descriptor is gone. Volatile: polled. */
    private volatile boolean closed;

    /** How a wait for an answer ended. */
    public enum Outcome {
        /** Answered. */
        ANSWERED,
        /** A signal came first. */
        INTERRUPTED
    }

    public Listener(Filter filter, boolean killableOnly) {
        this.filter = filter;
        this.killableOnly = killableOnly;
    }

    WaitQueue bell() {
        return bell;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Tells of a call.
     *
     * @return null if nobody listens any more
     */
    public @Nullable Notification tell(Task task, SeccompData data) {
        Notification told;
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            told = new Notification(nextId++, task, data);
            waiting.add(told);
        } finally {
            lock.unlock();
        }
        bell.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        return told;
    }

    /**
     * Waits for the answer, on the task's own thread. When the safe point interrupts that, it is
     * called again with the same notification.
     */
    public Outcome await(Notification told) {
        try {
            while (true) {
                boolean killable = isKillableOnly(told);
                Blocker.Outcome outcome =
                        killable
                                ? told.task
                                        .blocker()
                                        .blockUninterruptibly(
                                                told.bell, () -> isWanted(told), Blocker.FOREVER)
                                : told.task
                                        .blocker()
                                        .block(
                                                told.bell,
                                                () -> isWanted(told) || isKillableOnly(told),
                                                Blocker.FOREVER);
                installFiles(told);
                lock.lock();
                try {
                    if (told.stage == Stage.REPLIED && told.files.isEmpty()) {
                        waiting.remove(told);
                        return Outcome.ANSWERED;
                    }
                } finally {
                    lock.unlock();
                }
                if (outcome == Blocker.Outcome.INTERRUPTED && (killable || !isKillableOnly(told))) {
                    forget(told);
                    return Outcome.INTERRUPTED;
                }
            }
        } catch (WaitSuspended e) {
            told.task.resumption().keep(told);
            throw e;
        }
    }

    private boolean isWanted(Notification told) {
        lock.lock();
        try {
            return told.stage == Stage.REPLIED || !told.files.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private boolean isKillableOnly(Notification told) {
        lock.lock();
        try {
            return killableOnly && told.stage != Stage.NEW;
        } finally {
            lock.unlock();
        }
    }

    private void installFiles(Notification told) {
        while (true) {
            AddedFile next;
            lock.lock();
            try {
                if (told.files.isEmpty()) {
                    return;
                }
                next = told.files.getFirst();
            } finally {
                lock.unlock();
            }
            next.install(told.task);
            lock.lock();
            try {
                told.files.remove(next);
                if (next.isAnswer) {
                    if (next.result() >= 0) {
                        told.reply(next.result(), false);
                    } else {
                        told.stage = Stage.SENT;
                    }
                }
            } finally {
                lock.unlock();
            }
            next.finish();
        }
    }

    /** The call is not waited for any more. */
    public void forget(Notification told) {
        List<AddedFile> left;
        lock.lock();
        try {
            waiting.remove(told);
            left = List.copyOf(told.files);
            told.files.clear();
        } finally {
            lock.unlock();
        }
        for (AddedFile file : left) {
            file.drop();
            file.finish();
        }
    }

    /**
     * Waits for a call that nobody has received and marks it received.
     *
     * @return null if a signal interrupted the wait
     * @throws dev.moat.abi.ErrnoException ENOENT: no task has the filter any more
     */
    @Nullable Notification receive(Task receiver) {
        while (true) {
            Notification found = takeNew();
            if (found != null) {
                found.bell.wakeAll(WaitQueue.ANY);
                bell.wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
                return found;
            }
            if (!filter.isUsed()) {
                throw Errno.ENOENT.exception();
            }
            Blocker.Outcome outcome =
                    receiver.blocker()
                            .block(
                                    bell,
                                    () -> (readiness() & PollFlags.POLLIN) != 0 || !filter.isUsed(),
                                    Blocker.FOREVER);
            if (outcome == Blocker.Outcome.INTERRUPTED) {
                return null;
            }
        }
    }

    private @Nullable Notification takeNew() {
        lock.lock();
        try {
            for (Notification each : waiting) {
                if (each.stage == Stage.NEW) {
                    each.stage = Stage.SENT;
                    return each;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The receiver could not take it: the next one gets it again. */
    void unreceive(Notification told) {
        lock.lock();
        try {
            if (told.stage == Stage.SENT) {
                told.stage = Stage.NEW;
            }
        } finally {
            lock.unlock();
        }
        told.bell.wakeAll(WaitQueue.ANY);
        bell.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /**
     * Answers a received call.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: it is not waited for; EINPROGRESS: it was not
     *     received, or is answered already
     */
    void reply(long id, long result, boolean makeTheCall) {
        Notification told;
        lock.lock();
        try {
            told = receivedLocked(id);
            told.reply(result, makeTheCall);
        } finally {
            lock.unlock();
        }
        told.bell.wakeAll(WaitQueue.ANY);
    }

    /** Whether the call with this id was received, is not answered, and is still waited for. */
    boolean isValid(long id) {
        lock.lock();
        try {
            Notification told = findLocked(id);
            return told != null && told.stage == Stage.SENT;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives a descriptor to the task of a received call; takes over the reference on {@code file},
     * in all cases.
     *
     * @param wanted its number, or {@link AddedFile#ANY}
     * @param isAnswer the number becomes the result of the call
     * @throws dev.moat.abi.ErrnoException as {@link #reply}; EBUSY: to answer with it, others must
     *     be installed
     */
    AddedFile add(
            long id, FileDescription file, int wanted, boolean closeOnExec, boolean isAnswer) {
        var added = new AddedFile(file, wanted, closeOnExec, isAnswer);
        Notification told;
        try {
            told = enqueue(id, added);
        } catch (ErrnoException e) {
            file.release();
            throw e;
        }
        told.bell.wakeAll(WaitQueue.ANY);
        return added;
    }

    private Notification enqueue(long id, AddedFile added) {
        lock.lock();
        try {
            Notification told = receivedLocked(id);
            if (added.isAnswer) {
                if (!told.files.isEmpty()) {
                    throw Errno.EBUSY.exception();
                }
                told.stage = Stage.REPLIED;
            }
            told.files.add(added);
            return told;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the task has {@code added}; gives its number, an errno or a restart code. */
    long awaitAdded(Task giver, AddedFile added) {
        Blocker.Outcome outcome;
        try {
            outcome = giver.blocker().block(added.bell, added::isDone, Blocker.FOREVER);
        } catch (WaitSuspended e) {
            giver.resumption().keep(added);
            throw e;
        }
        if (outcome != Blocker.Outcome.INTERRUPTED || !takeBack(added)) {
            return added.result();
        }
        added.drop();
        return -Restart.ERESTARTSYS;
    }

    private boolean takeBack(AddedFile added) {
        lock.lock();
        try {
            for (Notification each : waiting) {
                if (each.files.remove(added)) {
                    if (added.isAnswer) {
                        each.stage = Stage.SENT;
                    }
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** POLL* bits. */
    int readiness() {
        int ready = filter.isUsed() ? 0 : PollFlags.POLLHUP;
        lock.lock();
        try {
            for (Notification each : waiting) {
                ready |=
                        switch (each.stage) {
                            case NEW -> PollFlags.POLLIN | PollFlags.POLLRDNORM;
                            case SENT -> PollFlags.POLLOUT | PollFlags.POLLWRNORM;
                            case REPLIED -> 0;
                        };
            }
        } finally {
            lock.unlock();
        }
        return ready;
    }

    /** Nobody listens any more: what waits fails with ENOSYS. */
    void close() {
        List<Notification> left = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (Notification each : waiting) {
                if (each.stage != Stage.REPLIED) {
                    each.reply(Errno.ENOSYS.negated(), false);
                    left.add(each);
                }
            }
        } finally {
            lock.unlock();
        }
        for (Notification each : left) {
            each.bell.wakeAll(WaitQueue.ANY);
        }
    }

    private Notification receivedLocked(long id) {
        Notification told = findLocked(id);
        if (told == null) {
            throw Errno.ENOENT.exception();
        }
        if (told.stage != Stage.SENT) {
            throw Errno.EINPROGRESS.exception();
        }
        return told;
    }

    private @Nullable Notification findLocked(long id) {
        for (Notification each : waiting) {
            if (each.id == id) {
                return each;
            }
        }
        return null;
    }
}
