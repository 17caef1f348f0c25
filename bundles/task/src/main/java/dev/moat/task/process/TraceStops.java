package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.SigInfo;
import dev.moat.api.swap.Stateful;

/** Where a task stops for its tracer, and how it goes on. Own thread only. */
@Stateful
final class TraceStops {
    private final GuestTask task;
    private final RunLoop loop;

    /** Where to go on behind the stop. */
    private RunState after = RunState.ATTENTION;

    /** The stop was one of the whole process. */
    private boolean forGroup;

    /** The stop was for a signal, which the tracer may have exchanged. */
    private boolean forSignal;

    TraceStops(GuestTask task, RunLoop loop) {
        this.task = task;
        this.loop = loop;
    }

    /** Stops; false if there is no tracer, or the task must end. */
    boolean enter(TraceStop reason, RunState next) {
        TracedRegisters shown = task.tracing().registers();
        shown.fill(loop.context());
        if (reason.kind() == TraceStop.Kind.ENTRY || reason.kind() == TraceStop.Kind.SECCOMP) {
            shown.setResult(Errno.ENOSYS.negated());
        }
        forSignal = reason.kind() == TraceStop.Kind.SIGNAL;
        forGroup = reason.kind() == TraceStop.Kind.GROUP;
        after = next;
        return task.tracing().enter(reason);
    }

    /** PTRACE_EVENT_EXIT: the last stop, while everything is still there. */
    boolean reportExit() {
        int event = PtraceConstants.PTRACE_EVENT_EXIT;
        if (loop.contextOrNull() == null || !task.tracing().wants(event)) {
            return false;
        }
        int status = TaskExit.statusOf(task).waitStatus();
        return enter(TraceStop.event(event, status, task), RunState.EXITING);
    }

    /**
     * Waits until the tracer lets it go on, or the safe point asks for it; gives where to go on.
     */
    RunState await() {
        Tracing tracing = task.tracing();
        while (tracing.isStopped()) {
            if (task.signals().safePointAsks()) {
                return RunState.TRACED;
            }
            task.blocker().parkWhileStopped();
        }
        task.runAgain(Thread.currentThread());
        // Signals that came meanwhile have woken nobody.
        task.signals().lookAgain();
        if (tracing.registers().restore(loop.context())) {
            loop.registersExchanged(tracing.registers().call());
        }
        if (forGroup && task.signals().isStopped()) {
            if (!tracing.isTraced()) {
                return RunState.STOPPED;
            }
            task.signals().leaveGroupStop();
        }
        // A call that has not been made is not made any more.
        boolean ends = task.signals().isKilled() && after == RunState.CALL;
        return ends ? RunState.ATTENTION : after;
    }

    /** What the task does next: the signal that the tracer lets through, if it stopped for one. */
    Verdict nextVerdict() {
        if (forSignal) {
            forSignal = false;
            SigInfo injected = task.tracing().takeInjected();
            Verdict chosen = injected == null ? null : task.signals().nextInjected(injected);
            if (chosen != null) {
                return chosen;
            }
        }
        return task.signals().next();
    }
}
