package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a ring. Whoever brings its phase to {@code RUNNING} owns it: all other fields
 * without another word are that thread's, until it lets go by a change of the phase.
 */
@Stateful(version = 4)
final class Request implements WaitQueue.Waiter {
    /** What an attempt gives that did not come to an end. */
    static final long PENDING = Long.MIN_VALUE;

    /** Whose turn it is. */
    private enum Phase {
        /** Somebody works on it. */
        RUNNING,
        /** Somebody works on it, and it was woken meanwhile. */
        RUNNING_WOKEN,
        /** It waits for a wake-up, its time or its cancellation. */
        WAITING,
        /** It was woken, the worker will take it. */
        QUEUED
    }

    private final Ring ring;
    private final Task submitter;
    private final MemoryManager memory;
    private final Sqe sqe;
    private final Resumption resumption = new Resumption();
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.RUNNING);

    /** What the submission itself has wrong: a negated errno; 0 for nothing. */
    private int error;

    /** By IORING_REGISTER_PERSONALITY; null: the submitter's. */
    private @Nullable Credentials credentials;

    /** What it points to, as it was; null before that is copied, and if there is nothing. */
    private @Nullable Submitted submitted;

    /** Tagged files and buffers that it uses. */
    private List<Resource> held = List.of();

    private boolean bufferHeld;

    private @Nullable FileDescription file;

    /** It is about its own ring, which it does not hold. */
    private boolean onItself;

    private int number;

    /** Where the waiter is registered. */
    private List<WaitQueue> armed = List.of();

    /** When it ends by itself. Volatile: looked at by the worker while it waits. */
    private volatile long deadlineNs = Blocker.FOREVER;

    /** It ends instead of waiting. Volatile: set by whoever cancels it. */
    private volatile boolean cancelled;

    /** How many completions end it, as {@link Ring#posted}; of timeouts. Volatile as above. */
    private volatile long goal = Long.MAX_VALUE;

    /** The next one of a chain, started when this one has ended. */
    private @Nullable Request next;

    /** The timeout that follows in the chain, while this one is under way. Guarded by the ring. */
    private @Nullable Request limit;

    /** Of a linked timeout: what it limits. Guarded by the ring. */
    private @Nullable Request limited;

    /** Its places in lists, guarded as those; -1: in none. */
    private final int[] places = {-1, -1, -1};

    /** The buffer that was chosen for the attempt under way: its id, or -1. */
    private int bufferId = -1;

    /** What else its completion tells, IORING_CQE_F_*. */
    private int extraFlags;

    /** How far it is with buffers that it chooses; null before it has begun. */
    private @Nullable Selection selection;

    /** What it has taken from their waits, and which goes on when this one has been told. */
    private @Nullable List<Request> afterwards;

    /** Of a timeout that repeats: after how long, and how often yet; 0: without end. */
    private long periodNs;

    private long repeats;

    /** Events and user data, which IORING_OP_POLL_REMOVE may change. Volatile as above. */
    private volatile int events;

    private volatile long userData;

    /** Of which {@link Keeping} knows already. */
    Request(Ring ring, Task submitter, Sqe sqe, int error) {
        this.ring = ring;
        this.submitter = submitter;
        this.memory = submitter.memory();
        this.sqe = sqe;
        this.error = error;
        this.number = sqe.guestDescriptor();
        this.events = sqe.operationFlags();
        this.userData = sqe.userData();
        memory.retain();
    }

    Ring ring() {
        return ring;
    }

    Task submitter() {
        return submitter;
    }

    MemoryManager memory() {
        return memory;
    }

    Sqe sqe() {
        return sqe;
    }

    /** How it is told that it has ended. */
    Cqe completion(int result, int flags) {
        boolean wide =
                Operation.of(sqe.opcode()) == Operation.NOP
                        && (sqe.operationFlags() & IoUring.IORING_NOP_CQE32) != 0
                        && error == 0;
        return wide
                ? new Cqe(userData, result, flags, true, sqe.off(), sqe.addr())
                : new Cqe(userData, result, flags);
    }

    /**
     * Copies what this and all behind it in the chain point to; if that fails for one, none is
     * done. By the submitter, before it is begun.
     */
    void copyChain() {
        boolean good = true;
        for (Request each = this; each != null; each = each.next) {
            good &= each.copySubmitted();
        }
        for (Request each = this; each != null && !good; each = each.next) {
            each.spoil();
        }
    }

    private boolean copySubmitted() {
        if (error != 0) {
            return false;
        }
        Submitted copied;
        try {
            copied = Submitted.of(sqe, memory.user());
        } catch (ErrnoException e) {
            error = (int) e.errno().negated();
            return false;
        }
        if (!copied.isEmpty()) {
            ring.worker().keeping().add(copied.weight());
            submitted = copied;
        }
        return true;
    }

    /** The guest's memory as the operation is to see it. */
    UserMemory user() {
        Submitted copied = submitted;
        return copied == null ? memory.user() : new SubmittedMemory(memory.user(), copied);
    }

    Resumption resumption() {
        return resumption;
    }

    Clock clock() {
        return submitter.sandbox().clock();
    }

    int error() {
        return error;
    }

    /** Another one of its chain is not valid. */
    void spoil() {
        if (error == 0) {
            error = (int) Errno.ECANCELED.negated();
        }
    }

    @Nullable Credentials credentials() {
        return credentials;
    }

    /** Before it is begun. */
    void assume(Credentials personality) {
        credentials = personality;
    }

    boolean isOnItself() {
        return onItself;
    }

    void setOnItself() {
        onItself = true;
    }

    @Nullable FileDescription file() {
        return file;
    }

    int fd() {
        return number;
    }

    /** Takes over a use of a tagged file or buffer, if it has a tag. */
    void hold(@Nullable Resource resource) {
        if (resource != null) {
            List<Resource> all = new ArrayList<>(held);
            all.add(resource);
            held = all;
        }
    }

    boolean isBufferHeld() {
        return bufferHeld;
    }

    /** The ranges that it names were found in its registered buffer. */
    void setBufferHeld() {
        bufferHeld = true;
    }

    /** What was held passes to the caller. */
    List<Resource> takeHeld() {
        List<Resource> taken = held;
        held = List.of();
        return taken;
    }

    /** The open file that it is about, under the number by which its call asks for it. */
    void bind(int asNumber, FileDescription description) {
        number = asNumber;
        file = description;
    }

    /** Where a new file goes: 0 for a descriptor, else as the guest gave it. */
    int slot() {
        Operation operation = Operation.of(sqe.opcode());
        return operation != null && operation.makesFile() ? sqe.fileIndex() : 0;
    }

    @Nullable Request next() {
        return next;
    }

    void setNext(@Nullable Request follower) {
        next = follower;
    }

    @Nullable Request limit() {
        return limit;
    }

    void setLimit(@Nullable Request timeout) {
        limit = timeout;
    }

    @Nullable Request limited() {
        return limited;
    }

    void setLimited(@Nullable Request head) {
        limited = head;
    }

    /**
     * IORING_CQE_F_* of its last completion: which buffer was chosen, and whether there is more.
     */
    int bufferFlags() {
        return extraFlags
                | (bufferId < 0
                        ? 0
                        : IoUring.IORING_CQE_F_BUFFER
                                | bufferId << IoUring.IORING_CQE_BUFFER_SHIFT);
    }

    void setBufferFlags(int flags) {
        bufferId =
                (flags & IoUring.IORING_CQE_F_BUFFER) == 0
                        ? -1
                        : flags >>> IoUring.IORING_CQE_BUFFER_SHIFT;
        extraFlags = flags & ~IoUring.IORING_CQE_F_BUFFER & 0xffff;
    }

    /** How far it is with buffers that it chooses. */
    Selection selection() {
        Selection known = selection;
        if (known == null) {
            known = new Selection();
            selection = known;
        }
        return known;
    }

    /**
     * Before it ends by a cancellation: its completion tells of the buffers that it has kept.
     *
     * @return how many bytes of them it has done
     */
    long tellKept() {
        Selection chosen = selection;
        BufferChoice kept = chosen == null ? null : chosen.choice();
        if (chosen == null || kept == null) {
            return 0;
        }
        setBufferFlags(kept.flags());
        return chosen.doneBytes();
    }

    /** Whether who works on it lets it wait again soon: polls, and what tells many times. */
    boolean isWorkedOnShortly() {
        return switch (Operation.of(sqe.opcode())) {
            case POLL_ADD -> true;
            case ACCEPT -> (sqe.priority() & IoUring.IORING_ACCEPT_MULTISHOT) != 0;
            case RECV, RECVMSG -> (sqe.priority() & IoUring.IORING_RECV_MULTISHOT) != 0;
            case READ_MULTISHOT -> true;
            case null, default -> false;
        };
    }

    /** Goes on with another one, which the caller owns, when this one has been told. */
    void concludeAfterwards(Request other) {
        List<Request> all = afterwards;
        if (all == null) {
            all = new ArrayList<>();
            afterwards = all;
        }
        all.add(other);
    }

    List<Request> takeAfterwards() {
        List<Request> all = afterwards;
        afterwards = null;
        return all == null ? List.of() : all;
    }

    long periodNs() {
        return periodNs;
    }

    void setPeriod(long ns, long count) {
        periodNs = Math.max(1, ns);
        repeats = count;
    }

    /** Counts a repeat; whether it was the last one. */
    boolean countRepeat() {
        return repeats != 0 && --repeats == 0;
    }

    int events() {
        return events;
    }

    void setEvents(int mask) {
        events = mask;
    }

    long userData() {
        return userData;
    }

    /** By its ring, which finds it by that. */
    void setUserData(long value) {
        userData = value;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    void waitUntil(long whenNs) {
        deadlineNs = whenNs;
    }

    long goal() {
        return goal;
    }

    void setGoal(long count) {
        goal = count;
    }

    boolean isArmed() {
        return !armed.isEmpty();
    }

    int place(RequestList.Role role) {
        return places[role.ordinal()];
    }

    void setPlace(RequestList.Role role, int place) {
        places[role.ordinal()] = place;
    }

    /** Registers with queues; by the owner. */
    void arm(List<WaitQueue> queues) {
        disarm();
        armed = List.copyOf(queues);
        armed.forEach(queue -> queue.add(this));
    }

    /** Takes all registrations back; by the owner. */
    void disarm() {
        armed.forEach(queue -> queue.remove(this));
        armed = List.of();
    }

    @Override
    public boolean woken(int wakeEvents) {
        while (true) {
            switch (phase.get()) {
                case RUNNING -> {
                    if (phase.compareAndSet(Phase.RUNNING, Phase.RUNNING_WOKEN)) {
                        return true;
                    }
                }
                case WAITING -> {
                    if (phase.compareAndSet(Phase.WAITING, Phase.QUEUED)) {
                        ring.worker().enqueue(this);
                        return true;
                    }
                }
                case RUNNING_WOKEN, QUEUED -> {
                    return false;
                }
            }
        }
    }

    /** From here on it does not wait any more: by whoever cancels it. */
    void forbidWaiting() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** Lets go of it until it is woken; false: it was meanwhile, and the caller owns it still. */
    boolean park() {
        if (phase.compareAndSet(Phase.RUNNING, Phase.WAITING)) {
            return true;
        }
        phase.set(Phase.RUNNING);
        return false;
    }

    /** Takes one that waits; false if it does not, or somebody else was faster. */
    boolean claimWaiting() {
        return phase.compareAndSet(Phase.WAITING, Phase.RUNNING);
    }

    /** Takes one that was woken: the worker. */
    boolean claimQueued() {
        return phase.compareAndSet(Phase.QUEUED, Phase.RUNNING);
    }

    /** Whether a result keeps what follows in the chain from being done: req_set_fail. */
    boolean breaksChain(long result) {
        if (sqe.has(IoUring.IOSQE_IO_HARDLINK)) {
            return false;
        }
        Operation operation = Operation.of(sqe.opcode());
        if (operation == Operation.TIMEOUT) {
            boolean good = (sqe.operationFlags() & IoUring.IORING_TIMEOUT_ETIME_SUCCESS) != 0;
            return result < 0 && !(good && result == Errno.ETIME.negated());
        }
        boolean vectored =
                operation == Operation.READV
                        || operation == Operation.WRITEV
                        || operation == Operation.READV_FIXED
                        || operation == Operation.WRITEV_FIXED;
        boolean partial =
                operation != null && operation.wantsAll() && !vectored && result != wantedBytes();
        return result < 0 || partial;
    }

    private long wantedBytes() {
        Selection chosen = selection;
        return chosen == null ? Integer.toUnsignedLong(sqe.length()) : chosen.wantedBytes();
    }

    /**
     * Whether its end is not told: IOSQE_CQE_SKIP_SUCCESS, which is for ends of linked timeouts,
     * too.
     */
    boolean isSilent(long result) {
        boolean needless =
                Operation.of(sqe.opcode()) == Operation.LINK_TIMEOUT
                        && (result == Errno.ECANCELED.negated() || result == Errno.ETIME.negated());
        return (result >= 0 || needless) && sqe.has(IoUring.IOSQE_CQE_SKIP_SUCCESS);
    }

    /** Whether a second completion tells that its buffer is free again. */
    boolean hasNotice() {
        Operation operation = Operation.of(sqe.opcode());
        return operation != null && operation.hasNotice() && Submission.mayHaveNotice(sqe);
    }

    /** Gives a chain back that was never begun. */
    static void freeChain(Request head) {
        Request request = head;
        while (request != null) {
            Request follower = request.next();
            request.setNext(null);
            request.free();
            request = follower;
        }
    }

    /** Gives everything back; once, by the owner. */
    void free() {
        disarm();
        resumption.clear();
        FileDescription used = file;
        file = null;
        if (used != null) {
            used.release();
        }
        takeHeld().forEach(Resource::release);
        memory.release();
        Submitted copied = submitted;
        submitted = null;
        Selection chosen = selection;
        if (chosen != null) {
            chosen.release(ring.worker().keeping());
        }
        int weight = Keeping.REQUEST + (copied == null ? 0 : copied.weight());
        ring.worker().keeping().giveBack(weight);
    }
}
