package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.Landlock;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription.SignalOwner;

/** Sends signals about a file to its owner: send_sigio() in fs/fcntl.c. */
public final class OwnerSignals {
    private OwnerSignals() {}

    /**
     * Checks that there is somebody with the id: find_vpid().
     *
     * @throws dev.moat.abi.ErrnoException ESRCH
     */
    public static void checkExists(Tasks tasks, int id) {
        boolean known =
                id == 0
                        || tasks.task(id).isPresent()
                        || tasks.groups().stream()
                                .anyMatch(group ->
                                        group.processGroupId() == id || group.sessionId() == id);
        if (!known) {
            throw Errno.ESRCH.exception();
        }
    }

    /**
     * Tells the owner what happened.
     *
     * @param code POLL_IN and the like, for owners that chose a signal
     * @param fd through which the owner asked
     */
    public static void send(Tasks tasks, SignalOwner owner, int code, int fd) {
        if (owner.id() == 0) {
            return;
        }
        send(
                tasks,
                owner,
                owner.signal() == 0
                        ? SigInfo.kernel(Signals.SIGIO)
                        : SigInfo.poll(owner.signal(), code, band(code), fd));
    }

    /** Tells the owner of a socket that urgent data has come: send_sigurg(). */
    public static void urgent(Tasks tasks, SignalOwner owner) {
        if (owner.id() != 0) {
            send(tasks, owner, SigInfo.kernel(Signals.SIGURG));
        }
    }

    private static void send(Tasks tasks, SignalOwner owner, SigInfo info) {
        switch (owner.type()) {
            case Fcntl.F_OWNER_TID ->
                    tasks.task(owner.id())
                            .filter(task -> mayTell(owner, task))
                            .ifPresent(task -> task.signals().send(info));
            case Fcntl.F_OWNER_PID ->
                    tasks.group(owner.id())
                            .filter(group -> mayTell(owner, group.leader()))
                            .ifPresent(group -> group.signal(info));
            default -> {
                for (ThreadGroup group : tasks.groups()) {
                    if (group.processGroupId() == owner.id() && mayTell(owner, group.leader())) {
                        group.signal(info);
                    }
                }
            }
        }
    }

    /** sigio_perm(): whether who set the owner could have sent the signal. */
    private static boolean mayTell(SignalOwner owner, Task target) {
        Credentials of = target.credentials();
        if (LandlockDomain.isScoped(owner.domain(), of.domain(), Landlock.LANDLOCK_SCOPE_SIGNAL)) {
            return false;
        }
        return owner.effectiveUid() == 0
                || owner.effectiveUid() == of.savedUid()
                || owner.effectiveUid() == of.uid()
                || owner.uid() == of.savedUid()
                || owner.uid() == of.uid();
    }

    /** band_table in fs/fcntl.c. */
    private static long band(int code) {
        return switch (code) {
            case SignalCodes.POLL_IN -> PollFlags.POLLIN | PollFlags.POLLRDNORM;
            case SignalCodes.POLL_OUT ->
                    PollFlags.POLLOUT | PollFlags.POLLWRNORM | PollFlags.POLLWRBAND;
            case SignalCodes.POLL_MSG ->
                    PollFlags.POLLIN | PollFlags.POLLRDNORM | PollFlags.POLLMSG;
            case SignalCodes.POLL_ERR -> PollFlags.POLLERR;
            case SignalCodes.POLL_PRI -> PollFlags.POLLPRI | PollFlags.POLLRDBAND;
            default -> PollFlags.POLLHUP | PollFlags.POLLERR;
        };
    }
}
