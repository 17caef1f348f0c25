package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.Mappable;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessInode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An open ring: io_uring_setup(2). Readable when there are completions. */
@Stateful(version = 3)
final class Ring extends ControlFile {
    private static final int READ_WRITE = 2;

    private final Sandbox sandbox;
    private final RingSettings settings;

    /** Replaced when it is resized, under the lock. */
    private volatile RingMemory memory;

    private final RingWorker worker;
    private final Inode inode = NamelessInode.anonymous();
    private final WaitQueue completions = new WaitQueue();
    private final RingFiles files;
    private final RingEvents events = new RingEvents();
    private final FixedBuffers fixedBuffers;
    private final ProvidedBuffers providedBuffers;
    private final Personalities personalities;
    private final Admission admission;
    private final RingTuning tuning;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Who made it: polled submissions are this task's. */
    private final Task maker;

    /** Begun and not ended. Guarded by lock, as all below without other word. */
    private final RequestList active = new RequestList(RequestList.Role.ACTIVE);

    /** Chains behind one that waits for all before it (IOSQE_IO_DRAIN), in order. */
    private final ArrayDeque<Request> deferred = new ArrayDeque<>();

    /**
     * Completions of timeouts: each ends waits for others, io_should_wake(). Volatile: read by who
     * waits.
     */
    private volatile long timeouts;

    /** Timeouts that count completions. */
    private int counting;

    /** Somebody starts what was deferred: one at a time. */
    private boolean startingDeferred;

    /** The operation that all later ones wait for. */
    private @Nullable Request drain;

    /** Completions that found the ring full. */
    private final ArrayDeque<Cqe> overflow = new ArrayDeque<>();

    /** Completions so far, those of timeouts apart. */
    private long posted;

    private boolean closed;

    /** When a polled ring goes to sleep, and whether it does. The worker's. */
    private long pollUntilNs;

    private volatile boolean asleep;

    Ring(Task maker, RingSettings settings, RingMemory memory) {
        super(READ_WRITE);
        this.maker = maker;
        this.sandbox = maker.sandbox();
        this.settings = settings;
        this.memory = memory;
        this.worker = RingWorker.of(sandbox);
        this.files = new RingFiles(worker.keeping());
        this.fixedBuffers = new FixedBuffers(worker.keeping());
        this.providedBuffers = new ProvidedBuffers(worker.keeping());
        this.personalities = new Personalities(worker.keeping());
        this.admission = new Admission(maker, settings);
        this.tuning = new RingTuning(maker, settings);
    }

    Admission admission() {
        return admission;
    }

    RingTuning tuning() {
        return tuning;
    }

    /** Sizes as they are now. */
    RingLayout layout() {
        return memory.layout();
    }

    RingSettings settings() {
        return settings;
    }

    RingWorker worker() {
        return worker;
    }

    RingFiles files() {
        return files;
    }

    RingEvents events() {
        return events;
    }

    FixedBuffers fixedBuffers() {
        return fixedBuffers;
    }

    ProvidedBuffers providedBuffers() {
        return providedBuffers;
    }

    Personalities personalities() {
        return personalities;
    }

    /** Whether completions are polled for: IORING_SETUP_IOPOLL. */
    boolean isPolling() {
        return settings.has(IoUring.IORING_SETUP_IOPOLL);
    }

    boolean isPolled() {
        return settings.has(IoUring.IORING_SETUP_SQPOLL);
    }

    void startPolling() {
        if (isPolled() && admission.isEnabled()) {
            worker.addPolled(this);
        }
    }

    /**
     * Takes up to {@code limit} submissions and begins them; gives how many were taken.
     *
     * @throws dev.moat.abi.ErrnoException EBUSY: too much is kept for the sandbox already; EAGAIN
     */
    int submit(Task task, int limit) {
        List<Request> heads = new ArrayList<>();
        int taken;
        lock.lock();
        try {
            if (closed) {
                return 0;
            }
            flushLocked();
            if (worker.keeping().isFull()) {
                throw Errno.EBUSY.exception();
            }
            long most = Math.min(Integer.toUnsignedLong(limit), memory.submissionsWaiting());
            taken = new Submission(this, task, heads).take(memory, most);
            memory.publishHead();
        } finally {
            lock.unlock();
        }
        for (Request head : heads) {
            head.copyChain();
            begin(head);
        }
        worker.goOnFor(task);
        return taken;
    }

    /**
     * IORING_REGISTER_RESIZE_RINGS: goes on in other memory, where what waits is found again.
     *
     * @throws dev.moat.abi.ErrnoException EOVERFLOW: it does not fit; nothing has changed
     */
    void resize(RingMemory fresh) {
        RingMemory old;
        lock.lock();
        try {
            old = memory;
            fresh.takeOver(old);
            memory = fresh;
            flushLocked();
        } finally {
            lock.unlock();
        }
        old.close();
    }

    /** A request is under way from here on. */
    void enter(Request request) {
        lock.lock();
        try {
            enterLocked(request);
        } finally {
            lock.unlock();
        }
    }

    /** Ends a timeout when there have been {@code more} completions. */
    void expect(Request timeout, long more) {
        lock.lock();
        try {
            timeout.setGoal(posted + more);
            counting++;
        } finally {
            lock.unlock();
        }
    }

    /** Starts the first of a chain, or puts it behind what must end before it. */
    private void begin(Request head) {
        lock.lock();
        try {
            boolean drains = head.sqe().has(IoUring.IOSQE_IO_DRAIN);
            if (!deferred.isEmpty() || drain != null || drains && !active.isEmpty()) {
                deferred.addLast(head);
                return;
            }
            enterLocked(head);
        } finally {
            lock.unlock();
        }
        run(head);
    }

    private void enterLocked(Request request) {
        active.add(request);
        if (request.sqe().has(IoUring.IOSQE_IO_DRAIN)) {
            drain = request;
        }
    }

    /** Works on a request that the caller owns, and on what follows it, as far as that goes. */
    void run(Request first) {
        Request request = first;
        while (request != null) {
            LinkedTimeouts.arm(this, request);
            long result = new Attempt(this, request).step();
            if (result == Request.PENDING) {
                return;
            }
            request = finish(request, result);
        }
    }

    /** The worker: the time of a request has come; the caller owns it. */
    void expire(Request request) {
        switch (Operation.of(request.sqe().opcode())) {
            case TIMEOUT -> Timeouts.expire(this, request);
            case LINK_TIMEOUT -> LinkedTimeouts.expire(this, request);
            case null, default -> run(request);
        }
    }

    /** Ends a request that the caller owns, and runs what follows. */
    void end(Request request, long result) {
        Request next = finish(request, result);
        if (next != null) {
            run(next);
        }
    }

    /** Ends a request; gives the next one of its chain, begun. */
    private @Nullable Request finish(Request request, long result) {
        worker.removeTimed(request);
        int bufferFlags = request.bufferFlags();
        boolean silent = request.isSilent(result);
        boolean broken = request.breaksChain(result);
        boolean mute = broken && request.sqe().has(IoUring.IOSQE_CQE_SKIP_SUCCESS);
        Request next = request.next();
        request.setNext(null);
        List<Resource> held = request.takeHeld();
        request.free();
        boolean timeout = Operation.of(request.sqe().opcode()) == Operation.TIMEOUT;
        boolean notice = request.hasNotice();
        int more = notice ? IoUring.IORING_CQE_F_MORE : 0;
        if (!silent) {
            post(request.completion((int) result, more | bufferFlags), !timeout);
        }
        if (notice) {
            post(new Cqe(request.userData(), 0, IoUring.IORING_CQE_F_NOTIF), true);
        }
        held.forEach(Resource::release);
        leave(request);
        LinkedTimeouts.release(this, request);
        if (next != null && broken) {
            Cancellation.failChain(this, next, mute);
            next = null;
        }
        if (next != null) {
            enter(next);
        }
        startDeferred();
        return next;
    }

    private void leave(Request request) {
        lock.lock();
        try {
            active.remove(request);
            counting -= request.goal() == Long.MAX_VALUE ? 0 : 1;
            if (drain == request) {
                drain = null;
            }
        } finally {
            lock.unlock();
        }
    }

    private void startDeferred() {
        while (true) {
            Request head;
            lock.lock();
            try {
                head = deferred.peekFirst();
                boolean drains = head != null && head.sqe().has(IoUring.IOSQE_IO_DRAIN);
                if (head == null
                        || startingDeferred
                        || drain != null
                        || drains && !active.isEmpty()) {
                    return;
                }
                deferred.removeFirst();
                enterLocked(head);
                startingDeferred = true;
            } finally {
                lock.unlock();
            }
            run(head);
            lock.lock();
            try {
                startingDeferred = false;
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Tells a completion; false if it had to wait for room.
     *
     * @param counts whether timeouts that count completions count it
     */
    boolean post(Cqe cqe, boolean counts) {
        boolean fits;
        boolean counted;
        boolean told;
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            flushLocked();
            fits = overflow.isEmpty() && memory.hasRoom(cqe);
            if (fits) {
                memory.complete(cqe);
            } else {
                overflow.addLast(cqe);
                worker.keeping().add(1);
                memory.changeFlag(IoUring.IORING_SQ_CQ_OVERFLOW, true);
            }
            posted += counts ? 1 : 0;
            timeouts = timeouts + (counts ? 0 : 1);
            counted = counts && counting > 0;
            told = !memory.isEventDisabled();
        } finally {
            lock.unlock();
        }
        completions.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        if (told) {
            events.tell();
        }
        if (counted) {
            Timeouts.count(this);
        }
        return fits;
    }

    /**
     * Tells a completion of a request that goes on.
     *
     * @return false if there is no room: nothing was told, and the request ends
     */
    boolean postMore(Request request, long result, int flags) {
        lock.lock();
        try {
            flushLocked();
            if (closed || !overflow.isEmpty() || !memory.hasRoom()) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        return post(
                new Cqe(request.userData(), (int) result, flags | IoUring.IORING_CQE_F_MORE), true);
    }

    private void flushLocked() {
        boolean moved = false;
        while (overflow.peekFirst() instanceof Cqe first && memory.hasRoom(first)) {
            memory.complete(overflow.removeFirst());
            worker.keeping().giveBack(1);
            moved = true;
        }
        if (moved && overflow.isEmpty()) {
            memory.changeFlag(IoUring.IORING_SQ_CQ_OVERFLOW, false);
        }
    }

    /** Completions that the guest can take. */
    int completionsWaiting() {
        lock.lock();
        try {
            flushLocked();
            return memory.completionsWaiting();
        } finally {
            lock.unlock();
        }
    }

    long posted() {
        lock.lock();
        try {
            return posted;
        } finally {
            lock.unlock();
        }
    }

    /** What is under way now. */
    List<Request> copyActive() {
        lock.lock();
        try {
            return active.copy();
        } finally {
            lock.unlock();
        }
    }

    /** The worker: takes what a polled ring was given; whether it stays awake. */
    boolean pollSubmissions(long nowNs) {
        if (asleep) {
            return false;
        }
        int taken;
        try {
            taken = submit(maker, layout().entries());
        } catch (ErrnoException e) {
            taken = 0;
        }
        if (taken > 0 || pollUntilNs == 0) {
            completions.wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
            pollUntilNs = nowNs + settings.idleNs();
        }
        if (nowNs < pollUntilNs) {
            return true;
        }
        return !fallAsleep();
    }

    /** Says so first, then looks again: a guest that submits meanwhile sees one of the two. */
    private boolean fallAsleep() {
        lock.lock();
        try {
            memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, true);
            if (memory.submissionsWaiting() != 0 && overflow.isEmpty()) {
                memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, false);
                return false;
            }
            asleep = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** IORING_ENTER_SQ_WAIT: waits until a polled ring takes submissions. */
    Blocker.Outcome awaitRoom(Task task) {
        return task.blocker()
                .block(completions, () -> (readiness() & PollFlags.POLLOUT) != 0, Blocker.FOREVER);
    }

    /** IORING_ENTER_SQ_WAKEUP. */
    void wakePolling() {
        lock.lock();
        try {
            asleep = false;
            pollUntilNs = 0;
            memory.changeFlag(IoUring.IORING_SQ_NEED_WAKEUP, false);
        } finally {
            lock.unlock();
        }
        worker.wake();
    }

    @Override
    protected void closed() {
        List<Request> waiting;
        lock.lock();
        try {
            closed = true;
            waiting = new ArrayList<>(deferred);
            deferred.clear();
            worker.keeping().giveBack(overflow.size());
            overflow.clear();
        } finally {
            lock.unlock();
        }
        worker.removePolled(this);
        for (Request request : copyActive()) {
            Cancellation.cancel(this, request);
        }
        waiting.forEach(Request::freeChain);
        files.clear();
        fixedBuffers.clear();
        providedBuffers.clear();
        personalities.clear();
        events.clear();
        memory.close();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[io_uring]";
    }

    @Override
    public Mappable mappable() {
        return memory.mappable();
    }

    /** Completions can be mapped by themselves, too: io_uring_validate_mmap_request(). */
    @Override
    public long mappedOffset(long offset) {
        boolean completions =
                offset >= IoUring.IORING_OFF_CQ_RING && offset < IoUring.IORING_OFF_SQES;
        return completions ? offset - IoUring.IORING_OFF_CQ_RING : offset;
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            int in = PollFlags.POLLIN | PollFlags.POLLRDNORM;
            int out = PollFlags.POLLOUT | PollFlags.POLLWRNORM;
            boolean full = memory.submissionsWaiting() == layout().entries();
            boolean some = memory.completionsWaiting() != 0 || !overflow.isEmpty();
            return (some ? in : 0) | (full ? 0 : out);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return completions;
    }

    /** Waits until there are {@code wanted} completions, or one of a timeout. */
    Blocker.Outcome await(Task task, int wanted, long deadlineNs) {
        long before = timeouts;
        return task.blocker().block(completions, () -> isOver(wanted, before), deadlineNs);
    }

    private boolean isOver(int wanted, long before) {
        return timeouts != before || Integer.compareUnsigned(completionsWaiting(), wanted) >= 0;
    }
}
