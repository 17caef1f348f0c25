package dev.moat.task.process;

import dev.moat.abi.Rlimits;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.namespace.UserView;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import dev.moat.task.signal.PendingSignals;
import dev.moat.task.signal.QueuedSignal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sends signals: one per sandbox, with the lock that guards the signal state of all its tasks. One
 * lock rather than one per process, because a signal often concerns two processes (the receiver and
 * its parent) and is rare. Follows kernel/signal.c: prepare_signal, __send_signal_locked,
 * complete_signal.
 */
@Stateful
public final class SignalSender {
    /** Job control stops. */
    static final long STOP_SIGNALS =
            Signals.mask(Signals.SIGSTOP)
                    | Signals.mask(Signals.SIGTSTP)
                    | Signals.mask(Signals.SIGTTIN)
                    | Signals.mask(Signals.SIGTTOU);

    /** An entry, its information, and its place in a queue. */
    private static final int ENTRY_BYTES = 192;

    private static final long SIGCONT = Signals.mask(Signals.SIGCONT);

    /** Where a signal comes from: decides whether it reaches the first process. */
    public enum Origin {
        /** A task of the sandbox. */
        GUEST,
        /**
         * The kernel (terminal, timers) or the operator: SIGKILL and SIGSTOP reach the first
         * process, too.
         */
        KERNEL
    }

    /** What became of a signal. */
    public enum Sent {
        YES,
        /** The queue is full: EAGAIN for those who ask. */
        NO_ROOM
    }

    final RankedLock lock = new RankedLock(LockRank.SIGNALS);

    /** Entries queued for each real uid: RLIMIT_SIGPENDING. Guarded by lock. */
    private final Map<Integer, Integer> charges = new HashMap<>();

    /** Pays for them; null until there is one. Guarded by lock. */
    private @Nullable HeapCharge heap;

    /** Sends to a process: some task that does not block it takes it. */
    public Sent toGroup(GuestGroup group, SigInfo info, Origin origin) {
        return send(group, null, info, origin, QueuedSignal.NO_TIMER);
    }

    /** Sends to one task. */
    public Sent toTask(GuestTask task, SigInfo info, Origin origin) {
        return send(task.group(), task, info, origin, QueuedSignal.NO_TIMER);
    }

    /**
     * Sends the signal of a POSIX timer; if one of this timer still waits, nothing is queued.
     *
     * @return whether it was queued now (or thrown away); false: count an overrun
     */
    boolean timerExpired(
            GuestGroup group, @Nullable GuestTask target, SigInfo info, int timerNumber) {
        lock.lock();
        try {
            PendingSignals pending = target == null ? group.signals.shared : target.signals().own();
            if (pending.containsTimer(timerNumber)) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        send(group, target, info, Origin.KERNEL, timerNumber);
        return true;
    }

    /** Ends a process: every task leaves guest code and exits; the first status given counts. */
    public void kill(GuestGroup group, ExitStatus status) {
        lock.lock();
        try {
            killLocked(group, status);
        } finally {
            lock.unlock();
        }
    }

    void killLocked(GuestGroup group, ExitStatus status) {
        if (group.signals.exit != null) {
            return;
        }
        group.signals.exit = status;
        for (GuestTask task : group.live) {
            task.signals().killLocked();
        }
    }

    /** Takes signals out of all queues of a group (a disposition became "ignore"). */
    void flushLocked(GuestGroup group, long mask) {
        release(group.signals.shared.flush(mask));
        for (GuestTask task : group.live) {
            release(task.signals().own().flush(mask));
        }
    }

    /** Gives back what the entries were charged. */
    void release(List<QueuedSignal> entries) {
        for (QueuedSignal entry : entries) {
            release(entry);
        }
    }

    void release(QueuedSignal entry) {
        if (entry.chargedUid() != QueuedSignal.NOBODY) {
            charges.computeIfPresent(
                    entry.chargedUid(), (uid, count) -> count == 1 ? null : count - 1);
            HeapCharge paying = heap;
            // What an earlier revision queued was not counted.
            if (paying != null && paying.bytes() >= ENTRY_BYTES) {
                paying.grow(-ENTRY_BYTES);
            }
        }
    }

    private Sent send(
            GuestGroup group,
            @Nullable GuestTask target,
            SigInfo given,
            Origin origin,
            int timerNumber) {
        SigInfo info = asSeen(group, given);
        Sent sent;
        boolean continued = false;
        lock.lock();
        try {
            if (group.signals.exit != null) {
                return Sent.YES;
            }
            if (info.signal() == Signals.SIGCONT) {
                continued = continueLocked(group);
            } else if ((STOP_SIGNALS & Signals.mask(info.signal())) != 0) {
                flushLocked(group, SIGCONT);
            }
            if (isIgnored(group, target, info.signal(), origin)) {
                sent = Sent.YES;
            } else {
                sent = queueLocked(group, target, info, timerNumber);
                if (sent == Sent.YES) {
                    completeLocked(group, target, info.signal());
                }
            }
        } finally {
            lock.unlock();
        }
        group.signals.arrivals.wakeAll(WaitQueue.ANY);
        if (continued) {
            ChildNews.continued(group);
        }
        return sent;
    }

    /** The sender in the numbers of who gets the signal. */
    private static SigInfo asSeen(GuestGroup group, SigInfo info) {
        UserView space = group.leader().credentials().space();
        if (group.pids().level() + space.level() == 0 || !info.namesProcess()) {
            return info;
        }
        return info.withSender(group.pids().seen(info.pid()), space.seenUid(info.uid()));
    }

    /** SIGCONT lets a stopped process go on, whatever its disposition. */
    private boolean continueLocked(GuestGroup group) {
        flushLocked(group, STOP_SIGNALS);
        boolean wasStopped = group.signals.stopComplete;
        group.signals.stopSignal = 0;
        group.signals.stopComplete = false;
        for (GuestTask task : group.live) {
            task.signals().continueLocked();
        }
        if (wasStopped) {
            group.signals.unreportedStop = 0;
            group.signals.unreportedContinue = true;
        }
        return wasStopped;
    }

    private static boolean isIgnored(
            GuestGroup group, @Nullable GuestTask target, int signal, Origin origin) {
        GuestTask task = target != null ? target : group.leader();
        if ((task.signals().blockedOrWaitedFor() & Signals.mask(signal)) != 0
                || task.tracing().isTraced() && signal != Signals.SIGKILL) {
            return false;
        }
        boolean kernelOnly = signal == Signals.SIGKILL || signal == Signals.SIGSTOP;
        if (group.signals.unkillable
                && group.signals.actions.get(signal).handler() == Signals.SIG_DFL
                && !(origin == Origin.KERNEL && kernelOnly)) {
            return true;
        }
        return group.signals.actions.ignores(signal);
    }

    private HeapCharge payingLocked(GuestGroup group) {
        HeapCharge paying = heap;
        if (paying == null) {
            paying = HeapCharge.of(group.leader().sandbox().memory().heap(), HeapUse.EVENTS);
            heap = paying;
        }
        return paying;
    }

    private Sent queueLocked(
            GuestGroup group, @Nullable GuestTask target, SigInfo info, int timerNumber) {
        PendingSignals pending = target == null ? group.signals.shared : target.signals().own();
        int signal = info.signal();
        boolean fromTimer = timerNumber != QueuedSignal.NO_TIMER;
        if (!Signals.isRealTime(signal) && pending.contains(signal) && !fromTimer) {
            return Sent.YES;
        }
        if (signal == Signals.SIGKILL || fromTimer) {
            // A timer's entry was paid for when the timer was made.
            pending.add(new QueuedSignal(info, QueuedSignal.NOBODY, timerNumber));
            return Sent.YES;
        }
        int uid = (target != null ? target : group.leader()).credentials().uid();
        boolean mustArrive = !Signals.isRealTime(signal) || info.code() >= 0;
        long limit = group.limits().soft(Rlimits.RLIMIT_SIGPENDING);
        HeapCharge paying = payingLocked(group);
        boolean fits = charges.getOrDefault(uid, 0) < limit && paying.tryGrow(ENTRY_BYTES);
        if (fits || !Signals.isRealTime(signal) && info.code() != SignalCodes.SI_QUEUE) {
            if (!fits) {
                // At most one of each for a task.
                paying.grow(ENTRY_BYTES);
            }
            charges.merge(uid, 1, Integer::sum);
            pending.add(new QueuedSignal(info, uid, QueuedSignal.NO_TIMER));
            return Sent.YES;
        }
        if (Signals.isRealTime(signal) && info.code() != SignalCodes.SI_USER && !mustArrive) {
            return Sent.NO_ROOM;
        }
        pending.addBare(signal);
        return Sent.YES;
    }

    /**
     * Finds a task that takes the signal and makes it look; a fatal one ends the process at once.
     */
    private void completeLocked(GuestGroup group, @Nullable GuestTask target, int signal) {
        GuestTask chosen = choose(group, target, signal);
        if (chosen == null) {
            return;
        }
        if (isFatalAtOnce(group, chosen, signal)) {
            killLocked(group, ExitStatus.killed(signal));
            return;
        }
        chosen.signals().attendLocked();
    }

    private static @Nullable GuestTask choose(
            GuestGroup group, @Nullable GuestTask target, int signal) {
        if (target != null) {
            return target.signals().wants(signal) ? target : null;
        }
        GuestTask leader = group.leader();
        if (group.live.contains(leader) && leader.signals().wants(signal)) {
            return leader;
        }
        for (GuestTask task : group.live) {
            if (task.signals().wants(signal)) {
                return task;
            }
        }
        return null;
    }

    private static boolean isFatalAtOnce(GuestGroup group, GuestTask chosen, int signal) {
        if (signal == Signals.SIGKILL) {
            return true;
        }
        if (group.signals.unkillable
                || chosen.tracing().isTraced()
                || group.signals.actions.get(signal).handler() != Signals.SIG_DFL
                || (chosen.signals().waitedFor() & Signals.mask(signal)) != 0) {
            return false;
        }
        return Signals.defaultAction(signal) == Signals.DefaultAction.TERMINATE;
    }
}
