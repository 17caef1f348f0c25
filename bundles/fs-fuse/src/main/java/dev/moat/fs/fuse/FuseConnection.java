package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Fuse;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.task.WaitSuspended;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Between the tasks that use a file system and the server: fs/fuse/dev.c. Thread safe. */
@Stateful(version = 2, upgrade = FuseConnectionUpgrade.class)
final class FuseConnection {
    /** Of names of one directory entry and the like; data of a read or write is no longer. */
    static final int MOST_DATA_BYTES = 128 << 10;

    private static final int WRITE_HEADER_BYTES = 80;

    /** Errors that a server may send: those that the kernel keeps for itself begin here. */
    private static final int FIRST_INTERNAL_ERROR = 512;

    /** Writes of dirty pages that a server has not answered: no more are made. */
    private static final int MOST_FLUSHING = 12;

    /** How the server knows users and processes: the namespaces of who mounted. */
    private final UserView users;

    private final PidView pids;

    private final WaitQueue readable = new WaitQueue();
    private final WaitQueue settled = new WaitQueue();
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Guarded by the lock. */
    private final FuseQueue queue = new FuseQueue();

    /** Open descriptors of the device; guarded by the lock. */
    private int channels = 1;

    /** Written under the lock, read without. */
    private volatile Phase phase = Phase.GREETING;

    /** Set before the phase changes. */
    private volatile FuseAgreement agreement = FuseAgreement.NONE;

    /** How often attributes of any file were learnt or changed. */
    private final AtomicLong attributeVersions = new AtomicLong(1);

    /** Writes of dirty pages without an answer; guarded by the lock. */
    private int flushing;

    /** What has to be written once there are fewer of them; guarded by the lock. */
    private final Deque<FuseRequest> parked = new ArrayDeque<>();

    /** Operations that the server does not have (ENOSYS), by bit. */
    private volatile long missing;

    private enum Phase {
        GREETING,
        RUNNING,
        /** The server speaks another protocol. */
        REFUSED,
        GONE
    }

    FuseConnection(UserView users, PidView pids) {
        this.users = users;
        this.pids = pids;
    }

    UserView users() {
        return users;
    }

    WaitQueue readable() {
        return readable;
    }

    /** How the server numbers a process. */
    int seen(int tgid) {
        return pids.seen(tgid);
    }

    FuseAgreement agreement() {
        return agreement;
    }

    /** Whether the server wants a feature that it was offered: FUSE_*. */
    boolean has(long feature) {
        return agreement.has(feature);
    }

    int mostWriteBytes() {
        return agreement.mostWriteBytes();
    }

    /** Tells what is older from what is newer: fc->attr_version. */
    long attributeVersion() {
        return attributeVersions.get();
    }

    long nextAttributeVersion() {
        return attributeVersions.incrementAndGet();
    }

    /** Asks the server which protocol it speaks. */
    void greet() {
        post(
                FuseRequest.upTo(
                        Fuse.FUSE_INIT, 0, FuseAgreement.offer(), FuseAgreement.ANSWER_BYTES));
    }

    /** Sends a request that nobody waits for. */
    void post(FuseRequest request) {
        boolean gone;
        lock.lock();
        try {
            gone = phase == Phase.GONE;
            if (!gone) {
                request.submit(queue.nextUnique(), attributeVersion(), 0, 0, 0);
                request.setAbandoned();
                queue.add(request);
            }
        } finally {
            lock.unlock();
        }
        if (gone) {
            finish(List.of(request), Errno.ENOTCONN.number());
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** Tells the server that nobody knows a node any more. */
    void forget(long node, long lookups) {
        if (lookups == 0 || node == Fuse.FUSE_ROOT_ID) {
            return;
        }
        lock.lock();
        try {
            if (phase == Phase.GONE) {
                return;
            }
            queue.forget(node, lookups);
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** Whether the server has said that it does not have an operation. */
    boolean isMissing(int operation) {
        return (missing >>> operation & 1) != 0;
    }

    /**
     * Sends a request for {@code task} and waits for the answer.
     *
     * @param task whose thread this is; null: nobody who could wait, EIO
     * @throws dev.moat.abi.ErrnoException what the server answered; ENOTCONN without a server,
     *     EINTR
     */
    Answer call(@Nullable Task task, FuseRequest fresh) {
        if (task == null) {
            throw Errno.EIO.exception();
        }
        FuseRequest request = fresh.resumed(task);
        try {
            await(task, request);
        } catch (WaitSuspended e) {
            if (request.isSubmitted()) {
                task.resumption().keep(request);
            }
            throw e;
        }
        if (request.error() != 0) {
            if (request.error() == Errno.ENOSYS.number()) {
                noteMissing(request.operation());
            }
            throw Errno.of(request.error()).orElse(Errno.EIO).exception();
        }
        return Answer.of(request);
    }

    /**
     * Sends a request for {@code task}, which others may wait for. Without a server it is answered
     * at once: ENOTCONN.
     */
    void send(Task task, FuseRequest request) {
        try {
            submit(task, request);
        } catch (ErrnoException e) {
            finish(List.of(request), e.errno().number());
        }
    }

    private void noteMissing(int operation) {
        lock.lock();
        try {
            missing |= 1L << operation;
        } finally {
            lock.unlock();
        }
    }

    private void await(Task task, FuseRequest request) {
        if (!request.isSubmitted()) {
            Blocker.Outcome outcome =
                    task.blocker().block(settled, () -> phase != Phase.GREETING, Blocker.FOREVER);
            if (outcome != Blocker.Outcome.READY) {
                throw Errno.EINTR.exception();
            }
            submit(task, request);
        }
        if (!request.isInterrupted()) {
            Blocker.Outcome outcome =
                    task.blocker().block(request.answered(), request::isDone, Blocker.FOREVER);
            if (outcome == Blocker.Outcome.READY) {
                return;
            }
            interrupt(request);
        }
        Blocker.Outcome outcome =
                task.blocker()
                        .blockUninterruptibly(request.answered(), request::isDone, Blocker.FOREVER);
        if (outcome != Blocker.Outcome.READY) {
            abandon(request);
            throw Errno.EINTR.exception();
        }
    }

    private void submit(Task task, FuseRequest request) {
        Credentials who = task.credentials();
        int uid = users.findUid(who.fsUid());
        int gid = users.findGid(who.fsGid());
        if (uid == UserView.NONE || gid == UserView.NONE) {
            throw Errno.EOVERFLOW.exception();
        }
        lock.lock();
        try {
            switch (phase) {
                case GONE -> throw Errno.ENOTCONN.exception();
                case REFUSED -> throw Errno.ECONNREFUSED.exception();
                case GREETING, RUNNING -> {
                    request.submit(
                            queue.nextUnique(),
                            attributeVersion(),
                            uid,
                            gid,
                            pids.seen(task.tid()));
                    queue.add(request);
                }
            }
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** A signal came: the server is told, at once or behind the request; it decides. */
    private void interrupt(FuseRequest request) {
        lock.lock();
        try {
            if (!request.isDone()) {
                request.setInterrupted();
                if (request.isSent()) {
                    queue.interrupt(request);
                }
            }
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    private void abandon(FuseRequest request) {
        lock.lock();
        try {
            request.setAbandoned();
            if (request.operation() != Fuse.FUSE_FLUSH) {
                queue.withdraw(request);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isGone() {
        return phase == Phase.GONE;
    }

    boolean hasMessages() {
        lock.lock();
        try {
            return !queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** How large a buffer must be that a server reads with. */
    int leastReadBytes() {
        return Math.max(Fuse.FUSE_MIN_READ_BUFFER, WRITE_HEADER_BYTES + mostWriteBytes());
    }

    /**
     * The next message, no longer than {@code mostBytes}; null if there is none. What is longer
     * ends with EIO.
     */
    FuseQueue.@Nullable Message next(long mostBytes) {
        while (true) {
            FuseQueue.Message message;
            lock.lock();
            try {
                if (phase == Phase.GONE) {
                    throw Errno.ENODEV.exception();
                }
                message = queue.next();
            } finally {
                lock.unlock();
            }
            if (message != null && message.operation() == 0) {
                unfold(message.request());
                continue;
            }
            if (message == null || message.size() <= mostBytes) {
                return message;
            }
            lost(message, message.operation() == Fuse.FUSE_SETXATTR ? Errno.E2BIG : Errno.EIO);
        }
    }

    /** Puts the next write of a flush in front of its entry, or ends it. */
    private void unfold(@Nullable FuseRequest entry) {
        FuseFlush flush = entry == null ? null : entry.flush();
        if (entry == null || flush == null) {
            return;
        }
        boolean done = false;
        if (!park(entry)) {
            FuseRequest write = flush.next(mostWriteBytes());
            lock.lock();
            try {
                if (write == null) {
                    done = flush.exhaustLocked();
                } else if (phase != Phase.GONE) {
                    flushing++;
                    flush.sentLocked();
                    queue.addFirst(entry);
                    write.submit(queue.nextUnique(), attributeVersion(), 0, 0, 0);
                    write.setAbandoned();
                    queue.addFirst(write);
                }
            } finally {
                lock.unlock();
            }
            if (write != null && phase == Phase.GONE) {
                flush.finish();
            }
        }
        if (done) {
            flush.finish();
        }
    }

    /** Whether an entry has to wait because the server has enough to do. */
    private boolean park(FuseRequest entry) {
        lock.lock();
        try {
            boolean many = flushing >= MOST_FLUSHING;
            if (many) {
                parked.addLast(entry);
            }
            return many;
        } finally {
            lock.unlock();
        }
    }

    /** Sends what a server has asked for, under its own number: FUSE_NOTIFY_REPLY. */
    void reply(long node, long unique, Body body) {
        lock.lock();
        try {
            if (phase == Phase.GONE) {
                throw Errno.ENODEV.exception();
            }
            FuseRequest reply = FuseRequest.of(Fuse.FUSE_NOTIFY_REPLY, node, body, 0);
            reply.submit(unique, 0, 0, 0, 0);
            if (!queue.addReply(reply)) {
                throw Errno.ENOMEM.exception();
            }
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** The server wants what it has not answered once more: FUSE_NOTIFY_RESEND. */
    void resend() {
        lock.lock();
        try {
            queue.resend();
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** A message did not reach the server. */
    void lost(FuseQueue.Message message, Errno error) {
        FuseRequest request = message.request();
        if (request != null) {
            finish(List.of(request), error.number());
        }
    }

    /**
     * Takes an answer.
     *
     * @param error as the server sent it: 0 or a negative errno
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOENT
     */
    void answer(long unique, int error, byte[] bytes) {
        if (error > 0 || error <= -FIRST_INTERNAL_ERROR) {
            throw Errno.EINVAL.exception();
        }
        if ((unique & 1) != 0) {
            interruptAnswered(unique & ~1L, error);
            return;
        }
        FuseRequest request;
        boolean valid;
        lock.lock();
        try {
            request = queue.takeUnanswered(unique);
            if (request == null) {
                throw Errno.ENOENT.exception();
            }
            valid = error != 0 ? bytes.length == 0 : request.accepts(bytes.length);
            request.finish(valid ? -error : Errno.EIO.number(), valid ? bytes : new byte[0]);
        } finally {
            lock.unlock();
        }
        if (request.operation() == Fuse.FUSE_INIT) {
            settle(valid && error == 0 ? FuseAgreement.read(Answer.of(bytes)) : null);
        }
        tellFlush(request);
        if (request.isAbandoned()) {
            // Nobody takes the answer: what the server counts for it is given back.
            forget(request.countedNode(), 1);
        }
        request.answered().wakeAll(WaitQueue.ANY);
        if (!valid) {
            throw Errno.EINVAL.exception();
        }
    }

    /** A write of dirty pages is over, or what stands for some. */
    private void tellFlush(FuseRequest request) {
        FuseFlush flush = request.flush();
        if (flush == null) {
            return;
        }
        boolean done;
        if (!request.isEntry()) {
            flush.note(request);
        }
        lock.lock();
        try {
            if (request.isEntry()) {
                done = flush.exhaustLocked();
            } else {
                flushing--;
                done = flush.answeredLocked();
            }
            while (!parked.isEmpty()) {
                queue.addFirst(parked.removeLast());
            }
        } finally {
            lock.unlock();
        }
        if (done) {
            flush.finish();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    private void interruptAnswered(long unique, int error) {
        lock.lock();
        try {
            FuseRequest request = queue.findUnanswered(unique);
            if (request == null) {
                throw Errno.ENOENT.exception();
            }
            if (-error == Errno.EAGAIN.number()) {
                queue.interrupt(request);
            }
        } finally {
            lock.unlock();
        }
        readable.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /**
     * What the server says to FUSE_INIT: process_init_reply().
     *
     * @param answer null: nothing that would do
     */
    private void settle(@Nullable FuseAgreement answer) {
        lock.lock();
        try {
            if (phase != Phase.GREETING) {
                return;
            }
            if (answer != null) {
                agreement = answer;
            }
            phase = answer != null ? Phase.RUNNING : Phase.REFUSED;
        } finally {
            lock.unlock();
        }
        settled.wakeAll(WaitQueue.ANY);
    }

    void channelAdded() {
        lock.lock();
        try {
            channels++;
        } finally {
            lock.unlock();
        }
    }

    /** A descriptor of the device is closed; with the last one the server is gone. */
    void channelClosed() {
        boolean last;
        lock.lock();
        try {
            channels--;
            last = channels == 0;
        } finally {
            lock.unlock();
        }
        if (last) {
            abort();
        }
    }

    /** Ends the connection: whoever waits gets ECONNABORTED. */
    void abort() {
        Collection<FuseRequest> waiting;
        lock.lock();
        try {
            phase = Phase.GONE;
            waiting = queue.drain();
            waiting.addAll(parked);
            parked.clear();
        } finally {
            lock.unlock();
        }
        finish(waiting, Errno.ECONNABORTED.number());
        settled.wakeAll(WaitQueue.ANY);
        readable.wakeAll(WaitQueue.ANY);
    }

    private void finish(Collection<FuseRequest> requests, int error) {
        for (FuseRequest request : requests) {
            lock.lock();
            try {
                queue.takeUnanswered(request.unique());
                request.finish(error, new byte[0]);
            } finally {
                lock.unlock();
            }
            tellFlush(request);
            request.answered().wakeAll(WaitQueue.ANY);
        }
    }
}
