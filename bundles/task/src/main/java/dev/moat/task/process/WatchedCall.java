package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.Restart;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompData;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.abi.SyscallNumbers;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Registers;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitSuspended;
import dev.moat.task.seccomp.Filter;
import dev.moat.task.seccomp.Listener;
import dev.moat.task.seccomp.Notification;
import org.jspecify.annotations.Nullable;

/**
 * A system call of a task that is traced or has filters: the tracer's look at it, what the filters
 * say, the call, events, the tracer's look at the result. All that it is in the middle of is in its
 * fields, so that the safe point may come in between. Own thread only. Sources:
 * kernel/entry/common.c syscall_trace_enter, kernel/seccomp.c __seccomp_filter.
 */
@Stateful
final class WatchedCall {
    private static final int MAX_ERRNO = 4095;
    private static final int LOGGED_LINES = 20;
    private static final int ARGUMENTS = 6;

    // Words of struct seccomp_data.
    private static final int WORDS = 16;
    private static final int WORD_NUMBER = 0;
    private static final int WORD_ARCHITECTURE = 1;
    private static final int WORD_POINTER = 2;
    private static final int WORD_ARGUMENTS = 4;

    private final TaskServices services;
    private final GuestTask task;
    private final RunLoop loop;
    private final int[] words = new int[WORDS];
    private final long[] arguments = new long[ARGUMENTS];
    private int number;
    private Phase phase = Phase.NONE;

    /** Whose filter sent the call elsewhere. */
    private @Nullable Listener listener;

    /** Lines that its answers have cost so far: a guest may not fill the log. */
    private int loggedLines;

    /** Result of the call, once it has one. */
    private long result;

    /** The tracer has looked at the call, and may have exchanged registers. */
    private boolean shown;

    /** The tracer makes the call itself: PTRACE_SYSEMU. */
    private boolean emulated;

    /** The result comes from a tracer or from who answers for a filter. */
    private boolean chosen;

    /** How far the call is. */
    private enum Phase {
        /** No call. */
        NONE,
        /** Nobody has seen it yet. */
        ENTERED,
        /** The tracer has. */
        SHOWN,
        /** Filters have not been asked yet. */
        FILTER,
        /** A filter wanted the tracer to look, which it did. */
        REFERRED,
        /** Another process decides. */
        NOTIFIED,
        /** It may be made. */
        ALLOWED,
        /** It was made: what it caused is told. */
        CAUSED,
        /** It was made. */
        LEAVING,
        /** The tracer has seen the result. */
        LEFT
    }

    WatchedCall(TaskServices services, GuestTask task, RunLoop loop) {
        this.services = services;
        this.task = task;
        this.loop = loop;
    }

    /** Whether a call was interrupted by the safe point: {@link #advance} goes on with it. */
    boolean isUnderWay() {
        return phase != Phase.NONE;
    }

    /** Takes a call that the guest makes; gives where to go on. */
    RunState begin(Exit.SyscallEntry call) {
        number = call.number();
        for (int i = 0; i < ARGUMENTS; i++) {
            arguments[i] = call.argument(i);
        }
        phase = Phase.ENTERED;
        shown = false;
        emulated = false;
        chosen = false;
        return advance();
    }

    /** Goes on with the call; gives where to go on then. */
    RunState advance() {
        try {
            while (true) {
                RunState next =
                        switch (phase) {
                            case NONE -> RunState.APP;
                            case ENTERED -> enter();
                            case SHOWN -> takeOver() ? to(Phase.FILTER) : skip();
                            case FILTER -> filter(false);
                            case REFERRED -> takeOver() ? filter(true) : skip();
                            case NOTIFIED -> awaitAnswer();
                            case ALLOWED -> finish(loop.dispatch(number, arguments));
                            case CAUSED -> tellEvent();
                            case LEAVING -> leave();
                            case LEFT -> end();
                        };
                if (next != RunState.CALL) {
                    return next;
                }
            }
        } catch (WaitSuspended e) {
            TraceStop event = task.tracing().takeEvent();
            return event != null && loop.stops().enter(event, RunState.SUSPENDED)
                    ? RunState.TRACED
                    : RunState.SUSPENDED;
        }
    }

    /** The task ends in the middle of the call. */
    void abandon() {
        Listener asked = listener;
        Notification told = task.resumption().take(Notification.class);
        if (asked != null && told != null) {
            asked.forget(told);
        }
        phase = Phase.NONE;
        listener = null;
    }

    private RunState to(Phase next) {
        phase = next;
        return RunState.CALL;
    }

    /** Hands the call to the task itself if that wants it; else the tracer is next. */
    private RunState enter() {
        UserDispatch dispatch = task.filters().dispatch();
        if (dispatch == null) {
            return showEntry();
        }
        UserDispatch.Verdict verdict = dispatch.judge(task, task.registers().get(UserRegs.RIP));
        return switch (verdict) {
            case MADE -> showEntry();
            case HANDED_OVER -> {
                trap(SignalCodes.SYS_USER_DISPATCH, 0);
                // no tracer sees its end
                yield to(Phase.LEFT);
            }
            case FAULT, SENSELESS -> {
                new CoreDump(services, task, loop.context())
                        .run(SigInfo.kernel(UserDispatch.endOf(verdict)));
                yield finish(0);
            }
        };
    }

    /** Shows the call to a tracer that wants to see calls. */
    private RunState showEntry() {
        Tracing tracing = task.tracing();
        tracing.registers().setCall(number);
        Tracing.Run run = tracing.run();
        phase = Phase.FILTER;
        if (!tracing.isTraced() || run == Tracing.Run.CONTINUE) {
            return RunState.CALL;
        }
        phase = Phase.SHOWN;
        emulated = run == Tracing.Run.EMULATE;
        return show(TraceStop.Kind.ENTRY);
    }

    private RunState show(TraceStop.Kind kind) {
        boolean marked = task.tracing().has(PtraceConstants.PTRACE_O_TRACESYSGOOD);
        boolean stops = loop.stops().enter(TraceStop.call(kind, marked, task), RunState.CALL);
        shown |= stops;
        return stops ? RunState.TRACED : RunState.CALL;
    }

    /** Takes the call that the tracer has left; false: none is to be made. */
    private boolean takeOver() {
        if (!shown) {
            return true;
        }
        Registers registers = task.registers();
        number = (int) task.tracing().registers().call();
        arguments[0] = registers.get(UserRegs.RDI);
        arguments[1] = registers.get(UserRegs.RSI);
        arguments[2] = registers.get(UserRegs.RDX);
        arguments[3] = registers.get(UserRegs.R10);
        arguments[4] = registers.get(UserRegs.R8);
        arguments[5] = registers.get(UserRegs.R9);
        return number >= 0 && !emulated;
    }

    /** The tracer has set the result, or it is -ENOSYS. */
    private RunState skip() {
        loop.discardResult();
        chosen = true;
        return finish(task.tracing().registers().get(UserRegs.RAX));
    }

    private RunState finish(long callResult) {
        result = callResult;
        return to(Phase.CAUSED);
    }

    private RunState tellEvent() {
        TraceStop event = task.tracing().takeEvent();
        phase = Phase.LEAVING;
        return event != null && loop.stops().enter(event, RunState.CALL)
                ? RunState.TRACED
                : RunState.CALL;
    }

    private RunState leave() {
        Tracing tracing = task.tracing();
        phase = Phase.LEFT;
        shown = false;
        if (!tracing.isTraced()) {
            return RunState.CALL;
        }
        if (!loop.keepsRegisters()) {
            task.registers().set(UserRegs.RAX, result);
        }
        if (tracing.run() == Tracing.Run.SYSCALL) {
            return show(TraceStop.Kind.EXIT);
        }
        if (tracing.isStepping()) {
            // The trap flag alone would stop it one instruction too late.
            long behind = task.registers().get(UserRegs.RIP);
            task.signals().force(SigInfo.fault(Signals.SIGTRAP, SignalCodes.TRAP_BRKPT, behind));
        }
        return RunState.CALL;
    }

    private RunState end() {
        if (shown && !loop.keepsRegisters()) {
            long left = task.registers().get(UserRegs.RAX);
            chosen |= left != result;
            result = left;
        }
        phase = Phase.NONE;
        loop.callEnded();
        if (chosen && Restart.isRestart(result) && !task.signals().interruptPending()) {
            // Without a signal it is a number like any other: arch_do_signal_or_restart.
            task.registers().set(UserRegs.RAX, result);
            loop.keepRegisters();
        }
        return loop.finish(number, result);
    }

    /** Goes on to the call itself. */
    private RunState allow() {
        return to(Phase.ALLOWED);
    }

    /**
     * @param referred a tracer has looked already, and is not asked again
     */
    private RunState filter(boolean referred) {
        TaskFilters filters = task.filters();
        int mode = filters.mode();
        Filter newest = filters.filter();
        if (task.tracing().has(PtraceConstants.PTRACE_O_SUSPEND_SECCOMP)) {
            return allow();
        }
        if (mode == Seccomp.SECCOMP_MODE_STRICT) {
            return isAllowedInStrictMode() ? allow() : endTask(Signals.SIGKILL);
        }
        if (newest == null || newest.allows(number)) {
            return allow();
        }
        fillWords();
        if (newest.readsPointer()) {
            fillPointer();
        }
        return obey(newest.judge(words), referred);
    }

    private boolean isAllowedInStrictMode() {
        return switch (number) {
            case SyscallNumbers.__NR_read,
                    SyscallNumbers.__NR_write,
                    SyscallNumbers.__NR_exit,
                    SyscallNumbers.__NR_rt_sigreturn ->
                    true;
            default -> false;
        };
    }

    private RunState obey(Filter.Answer answer, boolean referred) {
        log(answer);
        return switch (answer.action()) {
            case Seccomp.SECCOMP_RET_ALLOW, Seccomp.SECCOMP_RET_LOG -> allow();
            case Seccomp.SECCOMP_RET_ERRNO -> finish(-Math.min(answer.data(), MAX_ERRNO));
            case Seccomp.SECCOMP_RET_TRAP -> {
                trap(SignalCodes.SYS_SECCOMP, answer.data());
                yield finish(0);
            }
            case Seccomp.SECCOMP_RET_USER_NOTIF -> tell(answer.filter());
            case Seccomp.SECCOMP_RET_TRACE -> referred ? allow() : refer(answer.data());
            case Seccomp.SECCOMP_RET_KILL_THREAD ->
                    task.group().live.size() > 1
                            ? endTask(Signals.SIGSYS)
                            : endProcess(answer.data());
            default -> endProcess(answer.data());
        };
    }

    /** A tracer that asks for it decides. */
    private RunState refer(int data) {
        if (!task.tracing().wants(PtraceConstants.PTRACE_EVENT_SECCOMP)) {
            return finish(Errno.ENOSYS.negated());
        }
        phase = Phase.REFERRED;
        TraceStop event = TraceStop.event(PtraceConstants.PTRACE_EVENT_SECCOMP, data, task);
        shown = loop.stops().enter(event, RunState.CALL);
        return shown ? RunState.TRACED : RunState.CALL;
    }

    /** The handler sees the registers as they were at the call. */
    private void trap(int code, int errno) {
        SigInfo info =
                SigInfo.syscall(
                        code,
                        errno,
                        task.registers().get(UserRegs.RIP),
                        number,
                        Seccomp.AUDIT_ARCH_X86_64);
        task.registers().set(UserRegs.RAX, number);
        task.registersReplaced();
        task.signals().force(info);
        result = 0;
    }

    private RunState endTask(int signal) {
        task.endBy(signal);
        return finish(0);
    }

    private RunState endProcess(int data) {
        // The core file shows the registers as they were at the call.
        task.registers().set(UserRegs.RAX, number);
        new CoreDump(services, task, loop.context())
                .run(
                        SigInfo.syscall(
                                SignalCodes.SYS_SECCOMP,
                                data,
                                task.registers().get(UserRegs.RIP),
                                number,
                                Seccomp.AUDIT_ARCH_X86_64));
        return finish(0);
    }

    private RunState tell(Filter filter) {
        Listener target = filter.listener();
        Notification told = target == null ? null : target.tell(task, data());
        if (target == null || told == null) {
            return finish(Errno.ENOSYS.negated());
        }
        task.resumption().keep(told);
        listener = target;
        return to(Phase.NOTIFIED);
    }

    private RunState awaitAnswer() {
        Listener asked = listener;
        Notification told = task.resumption().take(Notification.class);
        if (asked == null || told == null) {
            throw new IllegalStateException(task + " waits for nobody's answer");
        }
        Listener.Outcome outcome = asked.await(told);
        listener = null;
        if (outcome == Listener.Outcome.INTERRUPTED) {
            return finish(-Restart.ERESTARTSYS);
        }
        if (told.isContinued()) {
            // The call itself waits anew.
            task.resumption().clear();
            return allow();
        }
        chosen = true;
        return finish(told.result());
    }

    private void fillWords() {
        words[WORD_NUMBER] = number;
        words[WORD_ARCHITECTURE] = Seccomp.AUDIT_ARCH_X86_64;
        for (int i = 0; i < ARGUMENTS; i++) {
            words[WORD_ARGUMENTS + 2 * i] = (int) arguments[i];
            words[WORD_ARGUMENTS + 2 * i + 1] = (int) (arguments[i] >>> Integer.SIZE);
        }
    }

    private void fillPointer() {
        long pointer = task.registers().get(UserRegs.RIP);
        words[WORD_POINTER] = (int) pointer;
        words[WORD_POINTER + 1] = (int) (pointer >>> Integer.SIZE);
    }

    private SeccompData data() {
        return new SeccompData(
                number,
                Seccomp.AUDIT_ARCH_X86_64,
                task.registers().get(UserRegs.RIP),
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
                arguments[4],
                arguments[5]);
    }

    /** As audit does it: what kills and LOG always, other answers if the filter wants it. */
    private void log(Filter.Answer answer) {
        boolean always =
                switch (answer.action()) {
                    case Seccomp.SECCOMP_RET_ALLOW -> false;
                    case Seccomp.SECCOMP_RET_ERRNO,
                            Seccomp.SECCOMP_RET_TRAP,
                            Seccomp.SECCOMP_RET_USER_NOTIF,
                            Seccomp.SECCOMP_RET_TRACE ->
                            answer.filter().isLogged();
                    default -> true;
                };
        if (!always || loggedLines == LOGGED_LINES) {
            return;
        }
        loggedLines++;
        services.sandbox()
                .log(
                        "seccomp: "
                                + task
                                + " called "
                                + SyscallNumbers.name(number)
                                + ": action 0x"
                                + Integer.toHexString(answer.value()));
    }
}
