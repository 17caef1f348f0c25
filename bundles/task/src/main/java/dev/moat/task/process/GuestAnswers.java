package dev.moat.task.process;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * What a task's context may answer by itself: who the task is. Looked at before each entry into
 * guest code; whoever changes something from another thread interrupts the task. A trace wants to
 * see all calls and says so in {@link SyscallDispatcher#isAnswerable}; a tracer wants to see those
 * of its tracee, and filters those that they do not allow anyway. Own thread only.
 */
@Stateful
final class GuestAnswers {
    private static final int[] NUMBERS = {
        SyscallNumbers.__NR_getpid,
        SyscallNumbers.__NR_gettid,
        SyscallNumbers.__NR_getppid,
        SyscallNumbers.__NR_getuid,
        SyscallNumbers.__NR_geteuid,
        SyscallNumbers.__NR_getgid,
        SyscallNumbers.__NR_getegid
    };

    private static final int WITHDRAWN = -1;

    private final GuestTask task;

    /** Which context has {@link #offered}. */
    @Derived("offered anew")
    private @Nullable ExecutionContext target;

    /** The last answers, {@link #WITHDRAWN} among them. */
    private final int[] offered = new int[NUMBERS.length];

    GuestAnswers(GuestTask task) {
        this.task = task;
    }

    /** Brings {@code context} up to date. */
    void offer(ExecutionContext context, SyscallDispatcher dispatcher) {
        boolean fresh = context != target;
        target = context;
        Credentials credentials = task.credentials();
        boolean traced = task.tracing().isTraced();
        for (int i = 0; i < NUMBERS.length; i++) {
            int number = NUMBERS[i];
            int answer =
                    !traced && dispatcher.isAnswerable(number) && task.filters().allow(number)
                            ? answer(number, credentials)
                            : WITHDRAWN;
            if (fresh || offered[i] != answer) {
                offered[i] = answer;
                if (answer == WITHDRAWN) {
                    context.withdrawAnswer(number);
                } else {
                    context.answer(number, answer);
                }
            }
        }
    }

    /** As the calls do it: no id is {@link #WITHDRAWN}, which chown(2) and setuid(2) refuse. */
    private int answer(int number, Credentials credentials) {
        return switch (number) {
            case SyscallNumbers.__NR_getpid -> task.pids().seen(task.tgid());
            case SyscallNumbers.__NR_gettid -> task.pids().seen(task.tid());
            case SyscallNumbers.__NR_getppid -> task.pids().seen(task.group().parentTgid());
            case SyscallNumbers.__NR_getuid -> credentials.space().seenUid(credentials.uid());
            case SyscallNumbers.__NR_geteuid ->
                    credentials.space().seenUid(credentials.effectiveUid());
            case SyscallNumbers.__NR_getgid -> credentials.space().seenGid(credentials.gid());
            default -> credentials.space().seenGid(credentials.effectiveGid());
        };
    }

    /** Counts what was answered meanwhile. */
    void count(ExecutionContext context, SyscallDispatcher dispatcher) {
        if (context.hasAnswered()) {
            for (int number : NUMBERS) {
                dispatcher.countAnswered(number, context.takeAnswered(number));
            }
        }
    }
}
