package dev.moat.task.process;

import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import dev.moat.task.signal.PendingSignals;
import dev.moat.task.signal.QueuedSignal;
import org.jspecify.annotations.Nullable;

/**
 * The signal state of one task. Methods named {@code ...Locked} and the fields without other word
 * need the sandbox's signal lock.
 */
@Stateful
public final class TaskSignals implements dev.moat.api.task.Signals {
    private static final long NEVER_BLOCKED =
            Signals.mask(Signals.SIGKILL) | Signals.mask(Signals.SIGSTOP);

    /** In {@link #attention}: a signal, a stop or the end. */
    private static final int SIGNAL = 1;

    /** In {@link #attention}: the safe point asks for the task. */
    private static final int SAFE_POINT = 2;

    /** In {@link #attention}: the control group may want the task to stand still. */
    private static final int HOLD = 4;

    private final SignalSender sender;
    private final GuestTask task;
    private final GuestGroup group;
    private final PendingSignals own = new PendingSignals();

    /** Volatile: changed under the lock by the task, read by /proc. */
    private volatile long blocked;

    /** What sigtimedwait(2) waits for: not ignored meanwhile although it is unblocked. */
    private long waitedFor;

    /**
     * What wants the task out of guest code and waits: {@link #SIGNAL}, {@link #SAFE_POINT}.
     * Volatile: polled, both at once by each system call. Written under the lock.
     */
    private volatile int attention;

    /** The task must end. Volatile: polled. */
    private volatile boolean killed;

    /** Stopped by job control. Volatile: polled by the stopped task. */
    private volatile boolean stopped;

    /** Has to join a stop of the group. */
    private boolean stopPending;

    /** Took a stop signal and is about to stop; a SIGCONT in between takes it back. */
    private boolean stopTaken;

    /** Own thread only. */
    private long savedMask;

    /** Own thread only. */
    private boolean restoreMask;

    TaskSignals(SignalSender sender, GuestTask task, GuestGroup group) {
        this.sender = sender;
        this.task = task;
        this.group = group;
    }

    @Override
    public void send(SigInfo info) {
        sender.toTask(task, info, SignalSender.Origin.KERNEL);
    }

    @Override
    public void force(SigInfo info) {
        sender.lock.lock();
        try {
            int signal = info.signal();
            long bit = Signals.mask(signal);
            SigAction action = group.signals.actions.get(signal);
            boolean wasBlocked = (blocked & bit) != 0;
            if (wasBlocked || action.handler() == Signals.SIG_IGN) {
                action =
                        new SigAction(
                                Signals.SIG_DFL, action.flags(), action.restorer(), action.mask());
                group.signals.actions.set(signal, action);
                blocked &= ~bit;
            }
            if (action.handler() == Signals.SIG_DFL && !task.tracing().isTraced()) {
                // A fault of the first process ends it, too: force_sig_info_to_task.
                group.signals.unkillable = false;
            }
            if (!own.contains(signal)) {
                own.add(QueuedSignal.uncharged(info));
            }
            attention |= SIGNAL;
        } finally {
            sender.lock.unlock();
        }
    }

    /** SIGSEGV because a frame for {@code signal} could not be written: force_sigsegv. */
    void forceSegv(int signal) {
        if (signal == Signals.SIGSEGV) {
            sender.lock.lock();
            try {
                group.signals.actions.set(signal, SigAction.DEFAULT);
            } finally {
                sender.lock.unlock();
            }
        }
        force(SigInfo.kernel(Signals.SIGSEGV));
    }

    @Override
    public long blocked() {
        return blocked;
    }

    @Override
    public void setBlocked(long mask) {
        sender.lock.lock();
        try {
            setBlockedLocked(mask);
        } finally {
            sender.lock.unlock();
        }
    }

    @Override
    public void setTemporaryMask(long mask) {
        if (!restoreMask) {
            savedMask = blocked;
            restoreMask = true;
        }
        setBlocked(mask);
    }

    /** Whether a temporary mask is in force. Own thread. */
    boolean hasTemporaryMask() {
        return restoreMask;
    }

    /** Ends a temporary mask. Own thread. */
    void endTemporaryMask() {
        if (restoreMask) {
            restoreMask = false;
            setBlocked(savedMask);
        }
    }

    /** The mask that sigreturn shall restore. Own thread. */
    long maskForFrame() {
        return restoreMask ? savedMask : blocked;
    }

    /** A handler starts: its mask is added. Own thread. */
    void handlerStarted(int signal, SigAction action) {
        restoreMask = false;
        long mask = blocked | action.mask();
        if ((action.flags() & Signals.SA_NODEFER) == 0) {
            mask |= Signals.mask(signal);
        }
        setBlocked(mask);
    }

    @Override
    public long pending() {
        return own.mask() | group.signals.shared.mask();
    }

    @Override
    public long pendingPrivate() {
        return own.mask();
    }

    @Override
    public long ignored() {
        return group.signals.actions.ignoredMask();
    }

    @Override
    public long caught() {
        return group.signals.actions.caughtMask();
    }

    @Override
    public @Nullable SigInfo dequeue(long mask) {
        if ((pending() & mask) == 0) {
            return null;
        }
        QueuedSignal taken;
        sender.lock.lock();
        try {
            taken = takeLocked(mask);
            recalculateLocked();
        } finally {
            sender.lock.unlock();
        }
        return taken == null ? null : finish(taken);
    }

    /**
     * sigtimedwait(2): unblocks and protects {@code mask} while the task waits for one of it.
     *
     * @return the blocked mask from before, for {@link #endWait}
     */
    public long beginWait(long mask) {
        sender.lock.lock();
        try {
            long before = blocked;
            waitedFor = before;
            setBlockedLocked(before & ~mask);
            return before;
        } finally {
            sender.lock.unlock();
        }
    }

    /** Ends {@link #beginWait}. */
    public void endWait(long before) {
        sender.lock.lock();
        try {
            waitedFor = 0;
            setBlockedLocked(before);
        } finally {
            sender.lock.unlock();
        }
    }

    @Override
    public WaitQueue arrivals() {
        return group.signals.arrivals;
    }

    @Override
    public boolean interruptPending() {
        return (attention & SIGNAL) != 0;
    }

    /** Whether anything at all wants the task out of guest code. */
    boolean isWanted() {
        return attention != 0;
    }

    /** Whether the safe point asks for the task. */
    boolean safePointAsks() {
        return (attention & SAFE_POINT) != 0;
    }

    /** Makes the task come to the safe point. Any thread. */
    void askToSafePoint() {
        sender.lock.lock();
        try {
            attention |= SAFE_POINT;
        } finally {
            sender.lock.unlock();
        }
        task.kick();
    }

    /** Takes {@link #askToSafePoint} back. Own thread. */
    void leftSafePoint() {
        if (!safePointAsks()) {
            return;
        }
        sender.lock.lock();
        try {
            attention &= ~SAFE_POINT;
        } finally {
            sender.lock.unlock();
        }
    }

    /** Makes the task look at what its control group says. Any thread. */
    void askToHold() {
        sender.lock.lock();
        try {
            attention |= HOLD;
            recalculateLocked();
        } finally {
            sender.lock.unlock();
        }
        task.kick();
    }

    /** Whether the control group may want the task to stand still. */
    boolean isHoldAsked() {
        return (attention & HOLD) != 0;
    }

    /** The task has looked and is about to look again if there is more to see. Own thread. */
    void beginHold() {
        sender.lock.lock();
        try {
            attention &= ~HOLD;
            recalculateLocked();
        } finally {
            sender.lock.unlock();
        }
    }

    /** Ends this task alone. Own thread. */
    void end() {
        sender.lock.lock();
        try {
            killed = true;
            attention |= SIGNAL;
        } finally {
            sender.lock.unlock();
        }
    }

    @Override
    public boolean isKilled() {
        return killed;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Changes a disposition: sigaction(2); gives the old one. */
    public SigAction exchangeAction(int signal, @Nullable SigAction replacement) {
        sender.lock.lock();
        try {
            SigAction old = group.signals.actions.get(signal);
            if (replacement != null) {
                group.signals.actions.set(signal, replacement);
                if (group.signals.actions.ignores(signal)) {
                    sender.flushLocked(group, Signals.mask(signal));
                }
            }
            return old;
        } finally {
            sender.lock.unlock();
        }
    }

    /** Decides what the task does next; takes signals that do nothing. Own thread. */
    Verdict next() {
        while (true) {
            QueuedSignal taken;
            sender.lock.lock();
            try {
                if (killed) {
                    return Verdict.Exit.INSTANCE;
                }
                if (task.tracing().isTrapPending()) {
                    return new Verdict.Trap(task.tracing().groupStopLocked());
                }
                if (stopPending) {
                    return Verdict.Stop.INSTANCE;
                }
                taken = takeLocked(~blocked);
                if (taken == null) {
                    recalculateLocked();
                    return Verdict.Clear.INSTANCE;
                }
            } finally {
                sender.lock.unlock();
            }
            SigInfo info = finish(taken);
            if (task.tracing().isTraced() && info.signal() != Signals.SIGKILL) {
                return new Verdict.Trap(TraceStop.signal(info));
            }
            Verdict verdict = SignalJudgement.of(task, info);
            if (verdict != null) {
                return verdict;
            }
        }
    }

    /**
     * What a signal does that a tracer has let through; null: nothing. Own thread. Source:
     * kernel/signal.c ptrace_signal.
     */
    @Nullable Verdict nextInjected(SigInfo info) {
        int signal = info.signal();
        if ((blocked & Signals.mask(signal)) != 0) {
            send(info);
            return null;
        }
        stopTaken |= (SignalSender.STOP_SIGNALS & Signals.mask(signal)) != 0;
        return SignalJudgement.of(task, info);
    }

    /** The tracer lets a task run on that is part of a stop of its process. Own thread. */
    void leaveGroupStop() {
        sender.lock.lock();
        try {
            stopped = false;
            recalculateLocked();
        } finally {
            sender.lock.unlock();
        }
    }

    /** Notes what was queued while the task stood still: the end of ptrace_stop. Own thread. */
    void lookAgain() {
        sender.lock.lock();
        try {
            int before = attention;
            recalculateLocked();
            attention |= before;
        } finally {
            sender.lock.unlock();
        }
    }

    /** A task that is not traced any more stands where its process stands. */
    void rejoinStopLocked() {
        if (group.signals.stopSignal != 0 && !stopped && !killed) {
            stopPending = true;
        }
        attendLocked();
    }

    /** The SIGSTOP of a new tracee; before it runs. */
    void addStopLocked() {
        addLocked(SigInfo.kill(Signals.SIGSTOP, SignalCodes.SI_USER, 0, 0));
    }

    /** Queues a signal for this very task. */
    void addLocked(SigInfo info) {
        if (!own.contains(info.signal())) {
            own.add(QueuedSignal.uncharged(info));
        }
        attendLocked();
    }

    /** Joins the group's stop; gives whether this task completed it. Own thread. */
    boolean enterStop() {
        sender.lock.lock();
        try {
            if (!stopPending) {
                return false;
            }
            stopPending = false;
            stopped = true;
            return group.signals.completeStopLocked(group.live);
        } finally {
            sender.lock.unlock();
        }
    }

    /** The task's own queue. */
    PendingSignals own() {
        return own;
    }

    long waitedFor() {
        return waitedFor;
    }

    long blockedOrWaitedFor() {
        return blocked | waitedFor;
    }

    /** Whether this task would take {@code signal} now: wants_signal. */
    boolean wants(int signal) {
        if ((blocked & Signals.mask(signal)) != 0 || killed) {
            return false;
        }
        return signal == Signals.SIGKILL || !stopped && !task.tracing().isStopped();
    }

    void attendLocked() {
        attention |= SIGNAL;
        task.kick();
    }

    void killLocked() {
        killed = true;
        stopped = false;
        attention |= SIGNAL;
        task.tracing().killedLocked();
        task.kick();
    }

    void continueLocked() {
        stopPending = false;
        stopTaken = false;
        task.tracing().continuedLocked();
        if (stopped) {
            stopped = false;
            attention |= SIGNAL;
            task.kick();
        }
    }

    /** Starts with what the parent has; pending signals are not inherited. Before the task runs. */
    void copyFrom(TaskSignals parent) {
        blocked = parent.restoreMask ? parent.savedMask : parent.blocked;
    }

    /** Exec: nothing saved survives. */
    void forgetSavedMask() {
        restoreMask = false;
    }

    /** Gives back the charges of what nobody will take. */
    void discardLocked() {
        sender.release(own.flushAll());
    }

    private @Nullable QueuedSignal takeLocked(long wanted) {
        QueuedSignal taken = own.take(wanted);
        if (taken == null) {
            taken = group.signals.shared.take(wanted);
        }
        if (taken != null) {
            sender.release(taken);
            if ((SignalSender.STOP_SIGNALS & Signals.mask(taken.info().signal())) != 0) {
                stopTaken = true;
            }
        }
        return taken;
    }

    /** A POSIX timer learns that its signal was taken: it counts overruns and goes on. */
    private SigInfo finish(QueuedSignal taken) {
        return taken.timerId() == QueuedSignal.NO_TIMER
                ? taken.info()
                : group.timers().delivered(taken.timerId(), taken.info());
    }

    /** Starts a stop of the whole group: do_signal_stop. */
    @Nullable Verdict stop(int signal) {
        if (signal != Signals.SIGSTOP
                && task.services().tree().isOrphaned(group.processGroupId())) {
            return null;
        }
        sender.lock.lock();
        try {
            if (!stopTaken || killed || group.signals.exit != null) {
                return null;
            }
            stopTaken = false;
            if (group.signals.stopSignal == 0) {
                group.signals.stopSignal = signal;
            }
            for (GuestTask other : group.live) {
                other.signals().joinStopLocked();
            }
            return Verdict.Stop.INSTANCE;
        } finally {
            sender.lock.unlock();
        }
    }

    private void joinStopLocked() {
        if (!stopped && !killed && !stopPending) {
            stopPending = true;
            attention |= SIGNAL;
            task.kick();
        }
    }

    private void setBlockedLocked(long mask) {
        long wanted = mask & ~NEVER_BLOCKED;
        long newlyBlocked = wanted & ~blocked;
        blocked = wanted;
        if ((group.signals.shared.mask() & newlyBlocked) != 0) {
            retargetLocked(newlyBlocked);
        }
        recalculateLocked();
    }

    /**
     * Signals of the group that this task will not take any more are for others:
     * retarget_shared_pending.
     */
    private void retargetLocked(long mask) {
        long waiting = group.signals.shared.mask() & mask;
        for (GuestTask other : group.live) {
            if (other != task && (waiting & ~other.signals().blocked) != 0) {
                other.signals().attendLocked();
            }
        }
    }

    private void recalculateLocked() {
        boolean interrupts =
                killed
                        || stopPending
                        || task.cgroup().isFreezing()
                        || task.tracing().isTrapPending()
                        || ((own.mask() | group.signals.shared.mask()) & ~blocked) != 0;
        attention = attention & ~SIGNAL | (interrupts ? SIGNAL : 0);
    }

    /** The information of a signal that a task sends by kill(2). */
    public static SigInfo fromUser(GuestTask sender, int signal) {
        return SigInfo.kill(signal, SignalCodes.SI_USER, sender.tgid(), sender.credentials().uid());
    }
}
