package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Landlock;
import dev.moat.abi.Signals;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.task.Credentials;

/** Who may send signals to whom: kernel/signal.c check_kill_permission. */
public final class KillPermission {
    private KillPermission() {}

    /**
     * Checks that {@code sender} may send {@code signal} to {@code target}.
     *
     * @throws dev.moat.abi.ErrnoException EPERM
     */
    public static void check(GuestTask sender, GuestTask target, int signal) {
        if (!isPermitted(sender, target, signal)) {
            throw Errno.EPERM.exception();
        }
    }

    public static boolean isPermitted(GuestTask sender, GuestTask target, int signal) {
        if (sender.group() == target.group()) {
            return true;
        }
        Credentials from = sender.credentials();
        Credentials to = target.credentials();
        if (LandlockDomain.isScoped(from.domain(), to.domain(), Landlock.LANDLOCK_SCOPE_SIGNAL)) {
            return false;
        }
        return from.effectiveUid() == to.savedUid()
                || from.effectiveUid() == to.uid()
                || from.uid() == to.savedUid()
                || from.uid() == to.uid()
                || from.canIn(to.space(), Capabilities.CAP_KILL)
                || signal == Signals.SIGCONT
                        && sender.group().sessionId() == target.group().sessionId();
    }
}
