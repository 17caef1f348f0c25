package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Prctl;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.task.process.CredentialChange;
import dev.moat.task.process.GuestTask;

/**
 * The operations of prctl(2) on capabilities and securebits. Source: security/commoncap.c
 * cap_task_prctl.
 */
final class PrivilegePrctl {
    private static final int ALL_BITS = 0xff;
    private static final int LOCKS = 0xaa;

    /** Runs {@code operation}; EINVAL for those that are not served at all. */
    long run(GuestTask task, int operation, long arg2, long arg3, long arg4, long arg5) {
        Credentials own = task.credentials();
        return switch (operation) {
            case Prctl.PR_CAPBSET_READ -> {
                checkCapability(arg2);
                yield own.capabilities().bounding() >>> arg2 & 1;
            }
            case Prctl.PR_CAPBSET_DROP -> dropBounding(task, arg2);
            case Prctl.PR_GET_KEEPCAPS -> (own.secureBits() & Prctl.SECBIT_KEEP_CAPS) != 0 ? 1 : 0;
            case Prctl.PR_SET_KEEPCAPS -> setKeepCapabilities(task, arg2);
            case Prctl.PR_GET_SECUREBITS -> own.secureBits();
            case Prctl.PR_SET_SECUREBITS -> setSecureBits(task, arg2);
            case Prctl.PR_CAP_AMBIENT -> ambient(task, arg2, arg3, arg4 | arg5);
            default -> Errno.EINVAL.negated();
        };
    }

    private static long dropBounding(GuestTask task, long capability) {
        Credentials own = task.credentials();
        if (!own.has(Capabilities.CAP_SETPCAP)) {
            throw Errno.EPERM.exception();
        }
        checkCapability(capability);
        CapabilitySets sets = own.capabilities();
        return set(
                task,
                new CapabilitySets(
                        sets.permitted(),
                        sets.effective(),
                        sets.inheritable(),
                        sets.bounding() & ~(1L << capability),
                        sets.ambient()));
    }

    private static long setKeepCapabilities(GuestTask task, long value) {
        if (value != 0 && value != 1) {
            throw Errno.EINVAL.exception();
        }
        CredentialChange change = new CredentialChange(task.credentials());
        if ((change.secureBits & Prctl.SECBIT_KEEP_CAPS_LOCKED) != 0) {
            throw Errno.EPERM.exception();
        }
        change.secureBits =
                value == 1
                        ? change.secureBits | Prctl.SECBIT_KEEP_CAPS
                        : change.secureBits & ~Prctl.SECBIT_KEEP_CAPS;
        change.apply(task);
        return 0;
    }

    /** Locked bits stay, locks are never opened, unknown bits are refused. */
    private static long setSecureBits(GuestTask task, long wanted) {
        CredentialChange change = new CredentialChange(task.credentials());
        int old = change.secureBits;
        int locked = (old & LOCKS) >>> 1;
        boolean bad =
                (locked & (old ^ (int) wanted)) != 0
                        || (old & LOCKS & ~wanted) != 0
                        || (wanted & ~ALL_BITS) != 0
                        || !task.credentials().has(Capabilities.CAP_SETPCAP);
        if (bad) {
            throw Errno.EPERM.exception();
        }
        change.secureBits = (int) wanted;
        change.apply(task);
        return 0;
    }

    private static long ambient(GuestTask task, long what, long capability, long rest) {
        Credentials own = task.credentials();
        CapabilitySets sets = own.capabilities();
        if (what == Prctl.PR_CAP_AMBIENT_CLEAR_ALL) {
            if ((capability | rest) != 0) {
                throw Errno.EINVAL.exception();
            }
            return setAmbient(task, sets, 0);
        }
        if (rest != 0) {
            throw Errno.EINVAL.exception();
        }
        checkCapability(capability);
        long bit = 1L << capability;
        if (what == Prctl.PR_CAP_AMBIENT_IS_SET) {
            return (sets.ambient() & bit) != 0 ? 1 : 0;
        }
        if (what == Prctl.PR_CAP_AMBIENT_LOWER) {
            return setAmbient(task, sets, sets.ambient() & ~bit);
        }
        if (what != Prctl.PR_CAP_AMBIENT_RAISE) {
            throw Errno.EINVAL.exception();
        }
        if ((sets.permitted() & sets.inheritable() & bit) == 0
                || (own.secureBits() & Prctl.SECBIT_NO_CAP_AMBIENT_RAISE) != 0) {
            throw Errno.EPERM.exception();
        }
        return setAmbient(task, sets, sets.ambient() | bit);
    }

    private static long setAmbient(GuestTask task, CapabilitySets sets, long ambient) {
        return set(
                task,
                new CapabilitySets(
                        sets.permitted(),
                        sets.effective(),
                        sets.inheritable(),
                        sets.bounding(),
                        ambient));
    }

    private static long set(GuestTask task, CapabilitySets sets) {
        CredentialChange change = new CredentialChange(task.credentials());
        change.capabilities = sets;
        change.apply(task);
        return 0;
    }

    private static void checkCapability(long capability) {
        if (capability < 0 || capability > Capabilities.CAP_LAST_CAP) {
            throw Errno.EINVAL.exception();
        }
    }
}
