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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An open ring: io_uring_setup(2). Readable when there are completions. */
@Stateful(version = 4)
final class Ring extends ControlFile {
    private static final int READ_WRITE = 2;

    /** In one call, so that no guest has a thread of the kernel host look for long. */
    private static final int MOST_PATIENCE = 1000;

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
    private final MemoryRegion region = new MemoryRegion();
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Who made it: polled submissions are this task's. */
    private final Task maker;

    /** Guarded by lock, as all below without other word. */
    private final ActiveRequests active = new ActiveRequests();

    private final Completions told;
    private final SubmissionPolling polling = new SubmissionPolling();

    /** Timeouts that count completions. */
    private int counting;

    private boolean closed;

    /** How often a cancellation may look again until the next submission. */
    private int patience;

    Ring(Task maker, RingSettings settings, RingMemory memory) {
        super(READ_WRITE);
        this.maker = maker;
        this.sandbox = maker.sandbox();
        this.settings = settings;
        this.memory = memory;
        this.worker = RingWorker.of(sandbox);
        // here, since a ring may be closed under locks
        RingClosings.of(sandbox);
        this.told = new Completions(worker.keeping());
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

    MemoryRegion region() {
        return region;
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
            patience = MOST_PATIENCE;
            told.flush(memory);
            if (worker.keeping().isFull()) {
                throw Errno.EBUSY.exception();
            }
            long most = Math.min(Integer.toUnsignedLong(limit), memory.submissionsWaiting());
            taken = new Submission(this, task, heads).take(memory, most);
            memory.publishHead();
        } finally {
            lock.unlock();
        }
        beginAll(heads);
        worker.goOnFor(task);
        return taken;
    }

    /** If one fails by a bug of the kernel, the others are begun all the same. */
    private void beginAll(List<Request> heads) {
        Throwable bug = null;
        for (Request head : heads) {
            try {
                head.copyChain();
                begin(head);
            } catch (RuntimeException | Error e) {
                bug = e;
            }
        }
        KernelBug.rethrow(bug);
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
            told.flush(memory);
        } finally {
            lock.unlock();
        }
        old.close();
    }

    /** A request is under way from here on. */
    void enter(Request request) {
        lock.lock();
        try {
            active.enter(request);
        } finally {
            lock.unlock();
        }
    }

    /** Whether a cancellation may look again for a request that somebody is about to let go of. */
    boolean takePatience() {
        lock.lock();
        try {
            return patience-- > 0;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a timeout when there have been {@code more} completions. */
    void expect(Request timeout, long more) {
        lock.lock();
        try {
            timeout.setGoal(told.posted() + more);
            counting++;
        } finally {
            lock.unlock();
        }
    }

    /** Starts the first of a chain, or puts it behind what must end before it. */
    private void begin(Request head) {
        lock.lock();
        try {
            if (!active.begin(head)) {
                return;
            }
        } finally {
            lock.unlock();
        }
        run(head);
    }

    /** Gives a request that the caller owns other user data. */
    void changeUserData(Request request, long value) {
        lock.lock();
        try {
            active.changeUserData(request, value);
        } finally {
            lock.unlock();
        }
    }

    /** Works on a request that the caller owns, and on what follows: {@link Progress#work}. */
    void run(Request request) {
        Progress.work(this, request);
    }

    /** The worker: the time of a request has come; the caller owns it. */
    void expire(Request request) {
        switch (Operation.of(request.sqe().opcode())) {
            case TIMEOUT -> Timeouts.expire(this, request);
            case LINK_TIMEOUT -> LinkedTimeouts.expire(this, request);
            case null, default -> run(request);
        }
    }

    /** Ends a request that the caller owns, and runs what follows: {@link Progress#end}. */
    void end(Request request, long result) {
        Progress.end(this, request, result);
    }

    /** A request is not under way any more. */
    void leave(Request request) {
        lock.lock();
        try {
            active.leave(request);
            counting -= request.goal() == Long.MAX_VALUE ? 0 : 1;
        } finally {
            lock.unlock();
        }
    }

    /** Enters the next of what had to wait for the end of others, which the caller owns then. */
    @Nullable Request startDeferred() {
        lock.lock();
        try {
            return active.startDeferred();
        } finally {
            lock.unlock();
        }
    }

    /** What {@link #startDeferred} gave was worked on. */
    void deferredStarted() {
        lock.lock();
        try {
            active.deferredStarted();
        } finally {
            lock.unlock();
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
        boolean event;
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            fits = told.tell(memory, cqe, counts);
            counted = counts && counting > 0;
            event = !memory.isEventDisabled();
        } finally {
            lock.unlock();
        }
        completions.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
        if (event) {
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
            if (closed || !told.hasRoom(memory)) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        return post(
                new Cqe(request.userData(), (int) result, flags | IoUring.IORING_CQE_F_MORE), true);
    }

    /** Completions that the guest can take. */
    int completionsWaiting() {
        lock.lock();
        try {
            told.flush(memory);
            return memory.completionsWaiting();
        } finally {
            lock.unlock();
        }
    }

    long posted() {
        lock.lock();
        try {
            return told.posted();
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

    /** What is under way now with this user data. */
    List<Request> copyActive(long userData) {
        lock.lock();
        try {
            return active.copy(userData);
        } finally {
            lock.unlock();
        }
    }

    /** The worker: takes what a polled ring was given; whether it stays awake. */
    boolean pollSubmissions(long nowNs) {
        if (polling.isAsleep()) {
            return false;
        }
        int taken;
        try {
            taken = submit(maker, layout().entries());
        } catch (ErrnoException e) {
            taken = 0;
        }
        if (taken > 0) {
            completions.wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
        }
        return polling.staysAwake(taken > 0, nowNs, settings.idleNs()) || !fallAsleep();
    }

    private boolean fallAsleep() {
        lock.lock();
        try {
            return polling.fallAsleep(memory, told.isOverflown());
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
            polling.wake(memory);
        } finally {
            lock.unlock();
        }
        worker.wake();
    }

    @Override
    protected void closed() {
        RingClosings.of(sandbox).add(this);
    }

    /** For {@link RingClosings}: ends all requests, and lets go of what the ring has. */
    void takeDown() {
        List<Request> waiting;
        lock.lock();
        try {
            closed = true;
            waiting = active.takeDeferred();
            told.clear();
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
        region.clear();
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

    /** io_mmap_get_region. */
    @Override
    public Mappable mappableAt(long offset) {
        long part = offset & IoUring.IORING_OFF_MMAP_MASK;
        if (part == IoUring.IORING_MAP_OFF_PARAM_REGION) {
            return region.mappable();
        }
        if (part == IoUring.IORING_OFF_PBUF_RING) {
            long group = offset - part >>> IoUring.IORING_OFF_PBUF_SHIFT;
            return providedBuffers.mappable((int) group);
        }
        return mappable();
    }

    /** Completions can be mapped by themselves, too: io_uring_validate_mmap_request(). */
    @Override
    public long mappedOffset(long offset) {
        boolean completions =
                offset >= IoUring.IORING_OFF_CQ_RING && offset < IoUring.IORING_OFF_SQES;
        if (offset >= IoUring.IORING_MAP_OFF_PARAM_REGION) {
            return 0;
        }
        return completions ? offset - IoUring.IORING_OFF_CQ_RING : offset;
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            int in = PollFlags.POLLIN | PollFlags.POLLRDNORM;
            int out = PollFlags.POLLOUT | PollFlags.POLLWRNORM;
            boolean full = memory.submissionsWaiting() == layout().entries();
            boolean some = memory.completionsWaiting() != 0 || told.isOverflown();
            return (some ? in : 0) | (full ? 0 : out);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return completions;
    }

    /** How many completions of timeouts there were. */
    long timeouts() {
        return told.timeouts();
    }
}
