package dev.moat.task.process;

import dev.moat.abi.PtraceConstants;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Why a traced task stops: ptrace(2).
 *
 * @param kind what the tracer may ask about it
 * @param code a signal, with the event in bits 8 and up: what wait(2) tells
 * @param info what PTRACE_GETSIGINFO gives; null: EINVAL
 * @param message what PTRACE_GETEVENTMSG gives
 */
record TraceStop(Kind kind, int code, @Nullable SigInfo info, long message) {
    private static final int EVENT_SHIFT = 8;
    private static final int SYSTEM_CALL = 0x80;

    /** Which part of the life of a task. */
    enum Kind {
        /** A signal is about to be delivered; the tracer may exchange it. */
        SIGNAL,
        /** The whole process is stopped, or the tracer has interrupted the task. */
        GROUP,
        /** An event that the tracer has asked for. */
        EVENT,
        ENTRY,
        EXIT,
        SECCOMP
    }

    static TraceStop signal(SigInfo info) {
        return new TraceStop(Kind.SIGNAL, info.signal(), info, 0);
    }

    /** A stop of the process that an attached tracer sees: no siginfo tells it from signals. */
    static TraceStop attachedGroup(int signal) {
        return new TraceStop(Kind.GROUP, signal, null, 0);
    }

    /** As {@link #attachedGroup}, by PTRACE_SEIZE: the signal of the stop, else SIGTRAP. */
    static TraceStop seizedGroup(int signal, GuestTask task) {
        int code = signal | PtraceConstants.PTRACE_EVENT_STOP << EVENT_SHIFT;
        return new TraceStop(Kind.GROUP, code, notice(signal, code, task), 0);
    }

    static TraceStop event(int event, long message, GuestTask task) {
        int code = Signals.SIGTRAP | event << EVENT_SHIFT;
        Kind kind = event == PtraceConstants.PTRACE_EVENT_SECCOMP ? Kind.SECCOMP : Kind.EVENT;
        return new TraceStop(kind, code, notice(Signals.SIGTRAP, code, task), message);
    }

    /** A system call begins or ends; {@code marked}: PTRACE_O_TRACESYSGOOD. */
    static TraceStop call(Kind kind, boolean marked, GuestTask task) {
        int code = marked ? Signals.SIGTRAP | SYSTEM_CALL : Signals.SIGTRAP;
        long message =
                kind == Kind.ENTRY
                        ? PtraceConstants.PTRACE_EVENTMSG_SYSCALL_ENTRY
                        : PtraceConstants.PTRACE_EVENTMSG_SYSCALL_EXIT;
        return new TraceStop(kind, code, notice(Signals.SIGTRAP, code, task), message);
    }

    /** One instruction was executed that began a handler. */
    static TraceStop step(GuestTask task) {
        SigInfo info = notice(Signals.SIGTRAP, Signals.SIGTRAP, task);
        return new TraceStop(Kind.EVENT, Signals.SIGTRAP, info, 0);
    }

    /** What SIGCHLD and waitid(2) call it. */
    int childCode() {
        return kind == Kind.GROUP ? SignalCodes.CLD_STOPPED : SignalCodes.CLD_TRAPPED;
    }

    /** Whether PTRACE_GET_SYSCALL_INFO may tell calls and other stops apart. */
    boolean isMarkedCall() {
        return (kind == Kind.ENTRY || kind == Kind.EXIT) && (code & SYSTEM_CALL) != 0;
    }

    private static SigInfo notice(int signal, int code, GuestTask task) {
        // As the tracee sees itself: ptrace_do_notify, kernel/signal.c.
        int uid = task.credentials().space().seenUid(task.credentials().uid());
        return SigInfo.kill(signal, code, task.pids().seen(task.tid()), uid);
    }
}
