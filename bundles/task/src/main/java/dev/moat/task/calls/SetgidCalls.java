package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.task.process.CredentialChange;
import dev.moat.task.process.GuestTask;
import java.util.Arrays;

/**
 * {@code setgid(2)}, {@code setregid(2)}, {@code setresgid(2)}, {@code setfsgid(2)}, {@code
 * getgroups(2)}.
 */
final class SetgidCalls {
    /** "Leave it as it is". */
    private static final int KEEP = -1;

    @Syscall(nr = 106, name = "setgid")
    long setgid(Task task, int given) {
        int gid = meant(task, given);
        if (gid == KEEP) {
            throw Errno.EINVAL.exception();
        }
        Credentials old = task.credentials();
        CredentialChange change = new CredentialChange(old);
        if (old.has(Capabilities.CAP_SETGID)) {
            change.gid = gid;
            change.savedGid = gid;
        } else {
            check(gid == old.gid() || gid == old.savedGid());
        }
        change.effectiveGid = gid;
        change.fsGid = gid;
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 114, name = "setregid")
    long setregid(Task task, int given, int givenEffective) {
        int gid = meant(task, given);
        int effectiveGid = meant(task, givenEffective);
        Credentials old = task.credentials();
        if (!old.has(Capabilities.CAP_SETGID)) {
            check(gid == KEEP || gid == old.gid() || gid == old.effectiveGid());
            check(
                    effectiveGid == KEEP
                            || effectiveGid == old.gid()
                            || effectiveGid == old.effectiveGid()
                            || effectiveGid == old.savedGid());
        }
        CredentialChange change = new CredentialChange(old);
        if (gid != KEEP) {
            change.gid = gid;
        }
        if (effectiveGid != KEEP) {
            change.effectiveGid = effectiveGid;
        }
        if (gid != KEEP || effectiveGid != KEEP && effectiveGid != old.gid()) {
            change.savedGid = change.effectiveGid;
        }
        change.fsGid = change.effectiveGid;
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 119, name = "setresgid")
    long setresgid(Task task, int given, int givenEffective, int givenSaved) {
        int gid = meant(task, given);
        int effectiveGid = meant(task, givenEffective);
        int savedGid = meant(task, givenSaved);
        Credentials old = task.credentials();
        if (!old.has(Capabilities.CAP_SETGID)) {
            check(isOwn(old, gid) && isOwn(old, effectiveGid) && isOwn(old, savedGid));
        }
        CredentialChange change = new CredentialChange(old);
        if (gid != KEEP) {
            change.gid = gid;
        }
        if (effectiveGid != KEEP) {
            change.effectiveGid = effectiveGid;
        }
        change.fsGid = change.effectiveGid;
        if (savedGid != KEEP) {
            change.savedGid = savedGid;
        }
        change.apply(GuestTask.of(task));
        return 0;
    }

    @Syscall(nr = 120, name = "getresgid")
    long getresgid(Task task, long gidAddr, long effectiveAddr, long savedAddr) {
        Credentials own = task.credentials();
        task.user().writeInt(gidAddr, own.space().seenGid(own.gid()));
        task.user().writeInt(effectiveAddr, own.space().seenGid(own.effectiveGid()));
        task.user().writeInt(savedAddr, own.space().seenGid(own.savedGid()));
        return 0;
    }

    /** Never fails: it tells the old id. */
    @Syscall(nr = 123, name = "setfsgid")
    long setfsgid(Task task, int given) {
        Credentials old = task.credentials();
        int gid = given == KEEP ? KEEP : old.space().meantGid(given);
        boolean permitted =
                gid == old.fsGid()
                        || gid == old.gid()
                        || gid == old.effectiveGid()
                        || gid == old.savedGid()
                        || old.has(Capabilities.CAP_SETGID);
        if (gid != KEEP && permitted && gid != old.fsGid()) {
            CredentialChange change = new CredentialChange(old);
            change.fsGid = gid;
            change.apply(GuestTask.of(task));
        }
        return Integer.toUnsignedLong(old.space().seenGid(old.fsGid()));
    }

    @Syscall(nr = 115, name = "getgroups")
    long getgroups(Task task, int size, long listAddr) {
        int[] groups = task.credentials().groups();
        if (size < 0) {
            throw Errno.EINVAL.exception();
        }
        if (size == 0) {
            return groups.length;
        }
        if (groups.length > size) {
            throw Errno.EINVAL.exception();
        }
        UserMemory user = task.user();
        for (int i = 0; i < groups.length; i++) {
            user.writeInt(listAddr + 4L * i, task.credentials().space().seenGid(groups[i]));
        }
        return groups.length;
    }

    @Syscall(nr = 116, name = "setgroups")
    long setgroups(Task task, int size, long listAddr) {
        Credentials own = task.credentials();
        check(own.has(Capabilities.CAP_SETGID) && own.space().permitsSetgroups());
        check(!own.space().maps().extents(true).isEmpty());
        if (size < 0 || size > Limits.NGROUPS_MAX) {
            throw Errno.EINVAL.exception();
        }
        int[] groups = new int[size];
        for (int i = 0; i < size; i++) {
            groups[i] = own.space().meantGid(task.user().readInt(listAddr + 4L * i));
            if (groups[i] == KEEP) {
                throw Errno.EINVAL.exception();
            }
        }
        Arrays.sort(groups);
        CredentialChange change = new CredentialChange(task.credentials());
        change.groups = groups;
        change.apply(GuestTask.of(task));
        return 0;
    }

    /** The kernel's id for one of the caller's user namespace, EINVAL if that has none. */
    private static int meant(Task task, int id) {
        if (id == KEEP) {
            return KEEP;
        }
        int meant = task.credentials().space().meantGid(id);
        if (meant == KEEP) {
            throw Errno.EINVAL.exception();
        }
        return meant;
    }

    private static boolean isOwn(Credentials own, int gid) {
        return gid == KEEP
                || gid == own.gid()
                || gid == own.effectiveGid()
                || gid == own.savedGid();
    }

    private static void check(boolean permitted) {
        if (!permitted) {
            throw Errno.EPERM.exception();
        }
    }
}
