package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import org.jspecify.annotations.Nullable;

/** Who may use a ring, from when on, and for what. */
@Stateful
final class Admission {
    private final boolean single;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Volatile, as all below: read by submissions, written under the lock. */
    private volatile boolean enabled;

    /** Who alone may submit, once that is known. */
    private volatile @Nullable Task issuer;

    /** They count from enabling on. */
    private volatile @Nullable Restrictions restrictions;

    Admission(Task maker, RingSettings settings) {
        single = settings.has(IoUring.IORING_SETUP_SINGLE_ISSUER);
        enabled = !settings.has(IoUring.IORING_SETUP_R_DISABLED);
        issuer = enabled ? maker : null;
    }

    /** EEXIST for other tasks than the one that may submit: IORING_SETUP_SINGLE_ISSUER. */
    void checkIssuer(Task task) {
        if (!single) {
            return;
        }
        lock.lock();
        try {
            if (issuer == null && enabled) {
                issuer = task;
            }
            if (issuer != null && issuer != task) {
                throw Errno.EEXIST.exception();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes submissions from here on, of {@code task} if of one only; EBADFD: it does already. */
    void enable(Task task) {
        lock.lock();
        try {
            if (enabled) {
                throw Errno.EBADFD.exception();
            }
            issuer = task;
            enabled = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isEnabled() {
        return enabled;
    }

    /** EBADFD: it is enabled already; EBUSY: it has some. */
    void checkRestrictable() {
        if (enabled) {
            throw Errno.EBADFD.exception();
        }
        if (restrictions != null) {
            throw Errno.EBUSY.exception();
        }
    }

    void restrict(Restrictions to) {
        lock.lock();
        try {
            checkRestrictable();
            restrictions = to;
        } finally {
            lock.unlock();
        }
    }

    /** What is allowed now; null: everything. */
    @Nullable Restrictions restrictions() {
        return enabled ? restrictions : null;
    }
}
