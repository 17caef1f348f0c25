package dev.moat.task.process;

import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import org.jspecify.annotations.Nullable;

/** What a signal does to the task that takes it, on its own thread: kernel/signal.c get_signal. */
final class SignalJudgement {
    private SignalJudgement() {}

    /** What an unblocked signal does; null: nothing. */
    static @Nullable Verdict of(GuestTask task, SigInfo info) {
        int signal = info.signal();
        GroupSignals signals = task.group().signals;
        SigAction action = takeAction(task, signal);
        if (action.handler() == Signals.SIG_IGN) {
            return null;
        }
        if (action.handler() != Signals.SIG_DFL) {
            return new Verdict.Handle(info, action);
        }
        boolean kernelOnly = signal == Signals.SIGKILL || signal == Signals.SIGSTOP;
        if (signals.unkillable && !kernelOnly) {
            return null;
        }
        return switch (Signals.defaultAction(signal)) {
            case IGNORE, CONTINUE -> null;
            case STOP -> task.signals().stop(signal);
            case CORE -> new Verdict.Core(info);
            case TERMINATE -> {
                task.sandbox().syscalls().signalDelivered(task, info);
                task.services().sender().kill(task.group(), ExitStatus.killed(signal));
                yield Verdict.Exit.INSTANCE;
            }
        };
    }

    private static SigAction takeAction(GuestTask task, int signal) {
        SignalSender sender = task.services().sender();
        sender.lock.lock();
        try {
            GroupSignals signals = task.group().signals;
            SigAction action = signals.actions.get(signal);
            boolean handled =
                    action.handler() != Signals.SIG_IGN && action.handler() != Signals.SIG_DFL;
            if (handled && (action.flags() & Signals.SA_RESETHAND) != 0) {
                signals.actions.set(
                        signal,
                        new SigAction(
                                Signals.SIG_DFL, action.flags(), action.restorer(), action.mask()));
            }
            return action;
        } finally {
            sender.lock.unlock();
        }
    }
}
