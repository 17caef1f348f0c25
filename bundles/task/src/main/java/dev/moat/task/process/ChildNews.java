package dev.moat.task.process;

import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.task.WaitQueue;

/** Tells parents what became of their children: do_notify_parent and do_notify_parent_cldstop. */
final class ChildNews {
    private static final long NS_PER_TICK = 10_000_000;
    private static final int SIGNAL_MASK = 0x7f;

    private ChildNews() {}

    /** A stop has completed. Called without the signal lock. */
    static void stopped(GuestGroup child, int signal) {
        jobControl(child, SignalCodes.CLD_STOPPED, signal);
    }

    /** SIGCONT has ended a stop. Called without the signal lock. */
    static void continued(GuestGroup child) {
        jobControl(child, SignalCodes.CLD_CONTINUED, Signals.SIGCONT);
    }

    /** A tracee stops for its tracer. Called without the signal lock. */
    static void trapped(GuestTask tracee, GuestTask tracer, TraceStop stop) {
        tellTracer(tracee, tracer, stop.childCode(), stop.code() & SIGNAL_MASK);
    }

    /** A tracee has ended. */
    static void traceeEnded(GuestTask tracee, GuestTask tracer, ExitStatus status) {
        int code = endCode(status);
        tellTracer(tracee, tracer, code, status.signal() == 0 ? status.code() : status.signal());
    }

    private static void tellTracer(GuestTask tracee, GuestTask tracer, int code, int value) {
        GuestGroup told = tracer.group();
        SigAction action = told.signals.actions.get(Signals.SIGCHLD);
        boolean stops = code == SignalCodes.CLD_TRAPPED || code == SignalCodes.CLD_STOPPED;
        if (action.handler() != Signals.SIG_IGN
                && !(stops && (action.flags() & Signals.SA_NOCLDSTOP) != 0)) {
            var time = tracee.cpuTime();
            told.signal(
                    SigInfo.child(
                            code,
                            tracee.tid(),
                            tracee.credentials().uid(),
                            value,
                            time.userNs() / NS_PER_TICK,
                            time.systemNs() / NS_PER_TICK));
        }
        told.childEvents().wakeAll(WaitQueue.ANY);
    }

    /** The SIGCHLD of a process that has ended. */
    static SigInfo ended(GuestGroup child, ExitStatus status) {
        int code = endCode(status);
        int value = status.signal() == 0 ? status.code() : status.signal();
        return info(child, code, value).withSignal(child.exitSignal);
    }

    /** How SIGCHLD and waitid(2) call an end. */
    static int endCode(ExitStatus status) {
        if (status.signal() == 0) {
            return SignalCodes.CLD_EXITED;
        }
        return status.coreDumped() ? SignalCodes.CLD_DUMPED : SignalCodes.CLD_KILLED;
    }

    /** A SIGCHLD about {@code child}. */
    static SigInfo info(GuestGroup child, int code, int value) {
        var time = child.cpuTime();
        return SigInfo.child(
                code,
                child.tgid(),
                child.leader().credentials().uid(),
                value,
                time.userNs() / NS_PER_TICK,
                time.systemNs() / NS_PER_TICK);
    }

    private static void jobControl(GuestGroup child, int code, int value) {
        GuestGroup parent = child.parent;
        if (parent == null) {
            return;
        }
        SigAction action = parent.signals.actions.get(Signals.SIGCHLD);
        if (action.handler() != Signals.SIG_IGN && (action.flags() & Signals.SA_NOCLDSTOP) == 0) {
            parent.signal(info(child, code, value));
        }
        parent.childEvents().wakeAll(WaitQueue.ANY);
    }
}
