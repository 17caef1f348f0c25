package dev.moat.task.process;

import dev.moat.abi.PtraceConstants;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One task as a tracee and as a tracer: ptrace(2). Guarded by the signal lock; what is volatile may
 * be read without it. A task stops by itself, on its own thread ({@link #enter}), and leaves its
 * registers in a {@link TracedRegisters} meanwhile.
 */
@Stateful
public final class Tracing {
    /** How a tracee runs on. */
    public enum Run {
        CONTINUE,
        /** Stops at the next system call, or at its end. */
        SYSCALL,
        /** As {@link #SYSCALL}, but the call is not made. */
        EMULATE
    }

    private final GuestTask task;
    private final TracedRegisters registers = new TracedRegisters();

    /** Whom this task traces, ended ones included that nobody has waited for. */
    private final List<GuestTask> tracees = new ArrayList<>();

    private volatile @Nullable GuestTask tracer;

    /** PTRACE_SEIZE, or born of a task that was seized. */
    private boolean seized;

    /** PTRACE_O_* bits. */
    private volatile int options;

    /** Where it stops; null while it runs. */
    private volatile @Nullable TraceStop stop;

    /** Nobody has waited for the stop yet. */
    private boolean unreported;

    /** PTRACE_LISTEN: stopped, but the tracer does not look. */
    private boolean listening;

    /**
     * Has to stop for a reason other than a signal: PTRACE_INTERRUPT, the beginning of its life.
     */
    private boolean trapPending;

    /** Own thread only: an event that the call under way has caused. */
    private @Nullable TraceStop pendingEvent;

    /** The signal that the tracer has let it go on with; null: none. */
    private @Nullable SigInfo injected;

    private volatile Run run = Run.CONTINUE;
    private volatile boolean stepping;

    /** How the task ended, until its tracer has waited for that; null: it lives. */
    private volatile @Nullable ExitStatus ended;

    /** The end was told already: PTRACE_O_TRACEEXIT. Own thread. */
    private boolean exitTold;

    Tracing(GuestTask task) {
        this.task = task;
    }

    public TracedRegisters registers() {
        return registers;
    }

    /** A context that goes on with {@code state}, and has the same watched. */
    ExecutionContext newContext(PlatformSession platform, ContextState state) {
        ExecutionContext context = platform.newContext(state);
        context.setDebugRegisters(registers.debug().current());
        return context;
    }

    public @Nullable GuestTask tracer() {
        return tracer;
    }

    int tracerTid() {
        GuestTask current = tracer;
        return current == null ? 0 : current.tid();
    }

    boolean isTraced() {
        return tracer != null;
    }

    public boolean isSeized() {
        return seized;
    }

    public int options() {
        return options;
    }

    public void setOptionsLocked(int newOptions) {
        options = newOptions;
    }

    boolean has(int option) {
        return tracer != null && (options & option) != 0;
    }

    /** Whether it was traced by another process than its parent. */
    boolean isForeign() {
        GuestTask current = tracer;
        return current != null && current.group() != task.group().parent;
    }

    Run run() {
        return run;
    }

    boolean isStepping() {
        return stepping;
    }

    public @Nullable TraceStop stop() {
        return stop;
    }

    boolean isStopped() {
        return stop != null;
    }

    public boolean isListening() {
        return listening;
    }

    boolean isTrapPending() {
        return trapPending;
    }

    @Nullable ExitStatus ended() {
        return ended;
    }

    /** Live and ended tracees. */
    List<GuestTask> traceesLocked() {
        return tracees;
    }

    /** Begins to be traced by {@code by}. */
    public void linkLocked(GuestTask by, boolean seizedNow, int newOptions) {
        tracer = by;
        seized = seizedNow;
        options = newOptions;
        unreported = false;
        listening = false;
        trapPending = false;
        run = Run.CONTINUE;
        stepping = false;
        by.tracing().tracees.add(task);
    }

    /** A child of a tracee, which is traced from birth and stops at once. Before it runs. */
    void inheritLocked(Tracing parent) {
        GuestTask by = parent.tracer;
        if (by == null) {
            return;
        }
        linkLocked(by, parent.seized, parent.options);
        if (seized) {
            trapPending = true;
        } else {
            task.signals().addStopLocked();
        }
        task.signals().attendLocked();
    }

    /**
     * Is not traced any more: goes on, or joins a stop of its process.
     *
     * @param signal delivered instead of the one that it stopped with; 0: none
     */
    public void unlinkLocked(int signal) {
        GuestTask by = tracer;
        if (by == null) {
            return;
        }
        by.tracing().tracees.remove(task);
        tracer = null;
        options = 0;
        trapPending = false;
        if (stop != null) {
            resumeLocked(Run.CONTINUE, false, signal);
        }
        run = Run.CONTINUE;
        stepping = false;
        task.signals().rejoinStopLocked();
    }

    /** As {@link #unlinkLocked}, of a task that has ended. */
    void unlink() {
        if (tracer != null) {
            SignalSender sender = task.services().sender();
            sender.lock.lock();
            try {
                unlinkLocked(0);
            } finally {
                sender.lock.unlock();
            }
        }
    }

    /** Makes a tracee stop as soon as it can: PTRACE_INTERRUPT, PTRACE_ATTACH while stopped. */
    public void trapLocked() {
        trapPending = true;
        if (listening) {
            leaveLocked();
        }
        task.signals().attendLocked();
    }

    /** SIGCONT: a seized tracee tells of it by a stop of its own, ptrace_trap_notify. */
    void continuedLocked() {
        if (seized && tracer != null) {
            trapLocked();
        }
    }

    public void listenLocked() {
        listening = true;
        if (trapPending) {
            leaveLocked();
        }
    }

    /**
     * Lets a stopped tracee go on.
     *
     * @param signal 0: none
     */
    public void resumeLocked(Run how, boolean step, int signal) {
        TraceStop current = stop;
        run = how;
        stepping = step;
        injected = null;
        if (current != null && current.kind() == TraceStop.Kind.SIGNAL && signal != 0) {
            SigInfo info = current.info();
            injected = info != null && info.signal() == signal ? info : fromTracer(signal);
        } else if (current != null
                && signal != 0
                && (current.kind() == TraceStop.Kind.ENTRY
                        || current.kind() == TraceStop.Kind.EXIT)) {
            // ptrace_report_syscall sends it after the stop
            task.signals().addLocked(fromTracer(signal));
        }
        leaveLocked();
    }

    /** PTRACE_SETSIGINFO. */
    public void setInfoLocked(SigInfo info) {
        TraceStop current = stop;
        if (current != null) {
            stop = new TraceStop(current.kind(), current.code(), info, current.message());
        }
    }

    /** What PTRACE_O_TRACECLONE and its like want to be told; what it costs else is nothing. */
    boolean wants(int event) {
        return has(1 << event);
    }

    /**
     * Notes an event of the call under way; the task stops for it when the call has ended.
     *
     * @param tid whom it is about: the tracer is told as it sees it
     */
    void pendEvent(int event, int tid) {
        GuestTask by = tracer;
        long message = by == null ? 0 : by.pids().seen(tid);
        pendingEvent = TraceStop.event(event, message, task);
    }

    @Nullable TraceStop takeEvent() {
        TraceStop event = pendingEvent;
        pendingEvent = null;
        return event;
    }

    /** The signal to go on with after a stop of kind SIGNAL. Own thread. */
    @Nullable SigInfo takeInjected() {
        SigInfo info = injected;
        injected = null;
        return info;
    }

    /**
     * Stops; own thread, registers saved.
     *
     * @return false if there is no tracer any more, the task must end, or the stop is over
     */
    boolean enter(TraceStop reason) {
        SignalSender sender = task.services().sender();
        TraceStop shown = reason;
        GuestTask by;
        sender.lock.lock();
        try {
            by = tracer;
            boolean last = isExit(reason);
            if (by == null || task.signals().isKilled() && !last || last && exitTold) {
                injected = reason.kind() == TraceStop.Kind.SIGNAL ? reason.info() : null;
                return false;
            }
            exitTold |= last;
            if (reason.kind() == TraceStop.Kind.GROUP) {
                // SIGCONT may have come since the reason was looked at: nobody would tell of it.
                if (!trapPending && task.group().signals.stopSignal == 0) {
                    return false;
                }
                shown = groupStopLocked();
                trapPending = false;
            }
            listening = false;
            unreported = true;
            stop = shown;
            task.setState(dev.moat.api.task.Task.TaskState.TRACED);
        } finally {
            sender.lock.unlock();
        }
        ChildNews.trapped(task, by, shown);
        return true;
    }

    /** SIGKILL, or the end of the process: it stops no more. */
    void killedLocked() {
        if (stop != null) {
            leaveLocked();
        }
    }

    /** The stop of its process as its tracer sees it. Own thread. */
    TraceStop groupStop() {
        SignalSender sender = task.services().sender();
        sender.lock.lock();
        try {
            return groupStopLocked();
        } finally {
            sender.lock.unlock();
        }
    }

    TraceStop groupStopLocked() {
        int signal = task.group().signals.stopSignal;
        int code = signal == 0 ? Signals.SIGTRAP : signal;
        return seized ? TraceStop.seizedGroup(code, task) : TraceStop.attachedGroup(code);
    }

    /** For wait(2): what is to be told of a stop; null: nothing. */
    @Nullable TraceStop newsLocked(boolean take) {
        TraceStop current = stop;
        if (current == null || !unreported || listening) {
            return null;
        }
        unreported = !take;
        return current;
    }

    void endLocked(ExitStatus status) {
        ended = status;
    }

    private void leaveLocked() {
        stop = null;
        unreported = false;
        listening = false;
        task.blocker().wake();
    }

    private static boolean isExit(TraceStop reason) {
        return reason.code() == (Signals.SIGTRAP | PtraceConstants.PTRACE_EVENT_EXIT << Byte.SIZE);
    }

    private SigInfo fromTracer(int signal) {
        GuestTask by = tracer;
        return by == null
                ? SigInfo.kernel(signal)
                : SigInfo.kill(signal, SignalCodes.SI_USER, by.tgid(), by.credentials().uid());
    }
}
