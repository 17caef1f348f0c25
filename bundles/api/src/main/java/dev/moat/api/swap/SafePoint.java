package dev.moat.api.swap;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Where all tasks of one sandbox stand still: each parks at the bottom of its {@link TaskThread},
 * out of guest code and out of any system call. Between {@link #enter} and {@link #leave} nothing
 * of the sandbox runs but what {@link #onEachThread} brings. Thread safe; entered by one at a time.
 *
 * <p>What others do to the sandbox from outside (starting a process, looking at it) happens between
 * {@link #keepOut} and {@link #letIn}: the safe point is not reached meanwhile, and they wait while
 * it is held.
 */
@Stateful
public final class SafePoint implements Reopenable {
    @HostBound("new, as all below")
    private RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** A thread has come or gone, or an outsider has. */
    @HostBound("new")
    private Condition changed = lock.newCondition();

    /** The safe point was left or called off. */
    @HostBound("new")
    private Condition released = lock.newCondition();

    /** Threads with a body. Guarded by lock, as all below without other word. */
    @HostBound("new")
    private Set<TaskThread> threads = new LinkedHashSet<>();

    /** Who has a thread of his own, in order of registration; takes no lock: any may be held. */
    private final List<Suspendable> suspendables = new CopyOnWriteArrayList<>();

    @HostBound("new")
    private int arrived;

    @HostBound("new")
    private int outsiders;

    /** All are there. */
    @HostBound("new")
    private boolean held;

    /** Who asked for it. */
    @HostBound("nobody")
    @Derived("somebody holds a sandbox for a moment only")
    private @Nullable Thread holder;

    /** Number of the current or last request. */
    @HostBound("new")
    private long epoch;

    @HostBound("new")
    private List<String> missing = List.of();

    /** Written under lock; volatile: polled by run loops. */
    @HostBound("new")
    private volatile boolean requested;

    /** The last request that is over. Written under lock; volatile: polled by parked threads. */
    @HostBound("new")
    private volatile long passedEpoch;

    /** Something that each task's thread does at the safe point. */
    @FunctionalInterface
    public interface Work {
        /** Called on {@code thread}; all threads at the same time. */
        void run(TaskThread thread);
    }

    /** Nobody is there yet: tasks that come from a checkpoint get new threads. */
    @Override
    public void reopen(Restoration restoration) {
        lock = new RankedLock(LockRank.SANDBOX);
        changed = lock.newCondition();
        released = lock.newCondition();
        threads = new LinkedHashSet<>();
        missing = List.of();
    }

    /** Whether tasks shall come to the safe point, or are there. One volatile read. */
    public boolean isRequested() {
        return requested;
    }

    /**
     * Asks all tasks in and waits for them.
     *
     * @param limitNs how long; afterwards the request is taken back and tasks go on
     * @return whether all came; {@link #leave} must follow then. Else {@link #missing} tells who
     *     did not
     */
    public boolean enter(long limitNs) {
        long deadlineNs = System.nanoTime() + limitNs;
        List<TaskThread> asked;
        lock.lock();
        try {
            if (!awaitTurnLocked(deadlineNs)) {
                missing = List.of("another swap is under way");
                return false;
            }
            epoch++;
            holder = Thread.currentThread();
            requested = true;
            asked = List.copyOf(threads);
        } finally {
            lock.unlock();
        }
        // Threads that are added from here on look for the request before they run anything.
        for (TaskThread thread : asked) {
            thread.kick();
        }
        lock.lock();
        try {
            held = awaitAllLocked(deadlineNs);
            if (!held) {
                missing = missingLocked();
                releaseLocked();
                return false;
            }
        } finally {
            lock.unlock();
        }
        return suspendAll();
    }

    /** Lets all tasks go on. */
    public void leave() {
        lock.lock();
        try {
            if (!held) {
                throw new IllegalStateException("not at the safe point");
            }
        } finally {
            lock.unlock();
        }
        resume(suspendables);
        release();
    }

    /**
     * Registers something that has a thread of its own: it is suspended whenever all tasks have
     * come to the safe point, and resumed before they go on.
     */
    public void addSuspendable(Suspendable suspendable) {
        suspendables.add(suspendable);
    }

    /** Takes a registration back, if it is there. */
    public void removeSuspendable(Suspendable suspendable) {
        suspendables.remove(suspendable);
    }

    /** False, with all as before, if one of them cannot be suspended now. */
    private boolean suspendAll() {
        List<Suspendable> suspended = new ArrayList<>();
        for (Suspendable each : suspendables) {
            try {
                each.suspend();
                suspended.add(each);
            } catch (RuntimeException e) {
                resume(suspended);
                lock.lock();
                try {
                    missing = List.of(String.valueOf(e.getMessage()));
                } finally {
                    lock.unlock();
                }
                release();
                return false;
            }
        }
        return true;
    }

    private static void resume(List<Suspendable> suspended) {
        suspended.forEach(Suspendable::resume);
    }

    private void release() {
        lock.lock();
        try {
            releaseLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Which tasks did not come to the last {@link #enter} that failed. */
    public List<String> missing() {
        lock.lock();
        try {
            return missing;
        } finally {
            lock.unlock();
        }
    }

    /** The threads that have a body now, in order of their start. */
    public List<TaskThread> threads() {
        lock.lock();
        try {
            return List.copyOf(threads);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs {@code work} on each task's own thread, all at once; returns when all have done it. At
     * the safe point only.
     *
     * @return what was thrown, in no order
     */
    public List<Throwable> onEachThread(Work work) {
        Round round = begin(work, _ -> {});
        round.await();
        return round.failures();
    }

    /**
     * The same for work that may hang. A thread that is not done in time is interrupted and left
     * behind: it does {@code late} whenever it comes back, and no safe point is reached before.
     *
     * @param limitNs how long, in nanoseconds
     * @return what was thrown, and a {@link java.util.concurrent.TimeoutException} for each thread
     *     that was left behind
     */
    public List<Throwable> onEachThread(Work work, Work late, long limitNs) {
        Round round = begin(work, late);
        round.await(limitNs);
        return round.failures();
    }

    private Round begin(Work work, Work late) {
        List<TaskThread> parked;
        lock.lock();
        try {
            if (!held) {
                throw new IllegalStateException("not at the safe point");
            }
            parked = threads.stream().filter(thread -> !thread.isLeftBehind()).toList();
        } finally {
            lock.unlock();
        }
        Round round = new Round(work, late, parked);
        for (TaskThread thread : parked) {
            thread.post(round);
        }
        return round;
    }

    /**
     * Keeps the safe point from being reached until {@link #letIn}; waits while it is requested or
     * held by another thread. For work on the sandbox by threads that are no task's; not to be
     * nested.
     */
    public void keepOut() {
        lock.lock();
        try {
            while (requested && holder != Thread.currentThread()) {
                released.awaitUninterruptibly();
            }
            outsiders++;
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #keepOut}. */
    public void letIn() {
        lock.lock();
        try {
            outsiders--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A thread gets a body. */
    void add(TaskThread thread) {
        lock.lock();
        try {
            if (held) {
                // Starters from outside have not kept the safe point out.
                throw Errno.EAGAIN.exception();
            }
            thread.arrivedAt = 0;
            threads.add(thread);
        } finally {
            lock.unlock();
        }
    }

    /** A thread's body has ended. */
    void remove(TaskThread thread) {
        lock.lock();
        try {
            threads.remove(thread);
            if (requested) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Parks {@code own}, the current thread, while the safe point is requested or held. */
    void pass(TaskThread own) {
        if (!requested) {
            return;
        }
        long awaited;
        lock.lock();
        try {
            if (!requested) {
                return;
            }
            awaited = epoch;
            if (own.arrivedAt != epoch) {
                own.arrivedAt = epoch;
                arrived++;
                if (arrived == threads.size()) {
                    changed.signalAll();
                }
            }
        } finally {
            lock.unlock();
        }
        while (passedEpoch < awaited) {
            own.await(this);
        }
    }

    private boolean awaitTurnLocked(long deadlineNs) {
        while (requested) {
            if (!awaitLocked(released, deadlineNs)) {
                return false;
            }
        }
        return true;
    }

    private boolean awaitAllLocked(long deadlineNs) {
        while (arrived < threads.size() || outsiders > 0) {
            if (!awaitLocked(changed, deadlineNs)) {
                return arrived == threads.size() && outsiders == 0;
            }
        }
        return true;
    }

    private void releaseLocked() {
        held = false;
        holder = null;
        requested = false;
        arrived = 0;
        passedEpoch = epoch;
        released.signalAll();
        for (TaskThread thread : threads) {
            thread.unpark();
        }
    }

    private List<String> missingLocked() {
        List<String> names = new ArrayList<>();
        for (TaskThread thread : threads) {
            if (thread.arrivedAt != epoch) {
                names.add(String.valueOf(thread.body()));
            }
        }
        if (outsiders > 0) {
            names.add("an operator's command");
        }
        return List.copyOf(names);
    }

    /** False when the time is over. */
    private static boolean awaitLocked(Condition condition, long deadlineNs) {
        try {
            return condition.awaitNanos(deadlineNs - System.nanoTime()) > 0;
        } catch (InterruptedException e) {
            // An operator's thread that is told to stop: called off as if the time were over.
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
