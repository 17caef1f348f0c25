package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.task.process.CredentialChange;
import dev.moat.task.process.GuestTask;

/**
 * {@code setuid(2)}, {@code setreuid(2)}, {@code setresuid(2)}, {@code setfsuid(2)}, {@code
 * getresuid(2)}.
 */
final class SetuidCalls {
    /** "Leave it as it is". */
    private static final int KEEP = -1;

    @Syscall(nr = 105, name = "setuid")
    long setuid(Task task, int given) {
        int uid = meant(task, given);
        checkId(uid);
        Credentials old = task.credentials();
        CredentialChange change = new CredentialChange(old);
        if (old.has(Capabilities.CAP_SETUID)) {
            change.uid = uid;
            change.savedUid = uid;
        } else if (uid != old.uid() && uid != old.savedUid()) {
            throw Errno.EPERM.exception();
        }
        change.effectiveUid = uid;
        change.fsUid = uid;
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 113, name = "setreuid")
    long setreuid(Task task, int given, int givenEffective) {
        int uid = meant(task, given);
        int effectiveUid = meant(task, givenEffective);
        Credentials old = task.credentials();
        boolean privileged = old.has(Capabilities.CAP_SETUID);
        if (!privileged) {
            check(uid == KEEP || uid == old.uid() || uid == old.effectiveUid());
            check(
                    effectiveUid == KEEP
                            || effectiveUid == old.uid()
                            || effectiveUid == old.effectiveUid()
                            || effectiveUid == old.savedUid());
        }
        CredentialChange change = new CredentialChange(old);
        if (uid != KEEP) {
            change.uid = uid;
        }
        if (effectiveUid != KEEP) {
            change.effectiveUid = effectiveUid;
        }
        if (uid != KEEP || effectiveUid != KEEP && effectiveUid != old.uid()) {
            change.savedUid = change.effectiveUid;
        }
        change.fsUid = change.effectiveUid;
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 117, name = "setresuid")
    long setresuid(Task task, int given, int givenEffective, int givenSaved) {
        int uid = meant(task, given);
        int effectiveUid = meant(task, givenEffective);
        int savedUid = meant(task, givenSaved);
        Credentials old = task.credentials();
        if (!old.has(Capabilities.CAP_SETUID)) {
            check(isOwn(old, uid) && isOwn(old, effectiveUid) && isOwn(old, savedUid));
        }
        CredentialChange change = new CredentialChange(old);
        if (uid != KEEP) {
            change.uid = uid;
        }
        if (effectiveUid != KEEP) {
            change.effectiveUid = effectiveUid;
        }
        change.fsUid = change.effectiveUid;
        if (savedUid != KEEP) {
            change.savedUid = savedUid;
        }
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 118, name = "getresuid")
    long getresuid(Task task, long uidAddr, long effectiveAddr, long savedAddr) {
        Credentials own = task.credentials();
        task.user().writeInt(uidAddr, own.space().seenUid(own.uid()));
        task.user().writeInt(effectiveAddr, own.space().seenUid(own.effectiveUid()));
        task.user().writeInt(savedAddr, own.space().seenUid(own.savedUid()));
        return 0;
    }

    /** Never fails: it tells the old id. */
    @Syscall(nr = 122, name = "setfsuid")
    long setfsuid(Task task, int given) {
        Credentials old = task.credentials();
        int uid = given == KEEP ? KEEP : old.space().meantUid(given);
        boolean permitted =
                uid == old.fsUid()
                        || uid == old.uid()
                        || uid == old.effectiveUid()
                        || uid == old.savedUid()
                        || old.has(Capabilities.CAP_SETUID);
        if (uid != KEEP && permitted && uid != old.fsUid()) {
            CredentialChange change = new CredentialChange(old);
            change.fsUid = uid;
            change.apply(GuestTask.of(task));
        }
        return Integer.toUnsignedLong(old.space().seenUid(old.fsUid()));
    }

    /** The kernel's id for one of the caller's user namespace, EINVAL if that has none. */
    private static int meant(Task task, int id) {
        if (id == KEEP) {
            return KEEP;
        }
        int meant = task.credentials().space().meantUid(id);
        if (meant == KEEP) {
            throw Errno.EINVAL.exception();
        }
        return meant;
    }

    private static boolean isOwn(Credentials own, int uid) {
        return uid == KEEP
                || uid == own.uid()
                || uid == own.effectiveUid()
                || uid == own.savedUid();
    }

    private static void checkId(int id) {
        if (id == KEEP) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void check(boolean permitted) {
        if (!permitted) {
            throw Errno.EPERM.exception();
        }
    }
}
