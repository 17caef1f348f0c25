package dev.moat.task.signal;

import dev.moat.abi.SigAction;
import dev.moat.abi.Signals;
import dev.moat.api.swap.Stateful;
import java.util.Arrays;

/**
 * The dispositions of all signals (Linux {@code sighand_struct}), shared by tasks cloned with
 * CLONE_SIGHAND. Changed under the sandbox's signal lock; single reads need no lock.
 */
@Stateful
public final class SignalActions {
    private final SigAction[] actions;

    /** All default. */
    public SignalActions() {
        actions = new SigAction[Signals._NSIG];
        Arrays.fill(actions, SigAction.DEFAULT);
    }

    private SignalActions(SigAction[] actions) {
        this.actions = actions;
    }

    public SigAction get(int signal) {
        return actions[signal - 1];
    }

    public void set(int signal, SigAction action) {
        actions[signal - 1] = action;
    }

    /** A copy for fork(2). */
    public SignalActions copy() {
        return new SignalActions(actions.clone());
    }

    /**
     * What stays after execve(2): ignored signals are ignored, all others are default; flags and
     * masks are gone.
     */
    public SignalActions afterExec() {
        SignalActions fresh = new SignalActions();
        for (int i = 0; i < actions.length; i++) {
            if (actions[i].handler() == Signals.SIG_IGN) {
                fresh.actions[i] = new SigAction(Signals.SIG_IGN, 0, 0, 0);
            }
        }
        return fresh;
    }

    /** CLONE_CLEAR_SIGHAND: handlers become default, ignored signals stay ignored. */
    public SignalActions withoutHandlers() {
        return afterExec();
    }

    /**
     * Whether the disposition throws the signal away: ignored, or default and the default is to
     * ignore.
     */
    public boolean ignores(int signal) {
        long handler = get(signal).handler();
        return handler == Signals.SIG_IGN
                || handler == Signals.SIG_DFL
                        && Signals.defaultAction(signal) == Signals.DefaultAction.IGNORE;
    }

    /** Signals whose disposition is SIG_IGN. */
    public long ignoredMask() {
        long mask = 0;
        for (int i = 0; i < actions.length; i++) {
            if (actions[i].handler() == Signals.SIG_IGN) {
                mask |= 1L << i;
            }
        }
        return mask;
    }

    /** Signals with a handler. */
    public long caughtMask() {
        long mask = 0;
        for (int i = 0; i < actions.length; i++) {
            long handler = actions[i].handler();
            if (handler != Signals.SIG_IGN && handler != Signals.SIG_DFL) {
                mask |= 1L << i;
            }
        }
        return mask;
    }
}
