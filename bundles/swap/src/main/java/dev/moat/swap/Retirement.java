package dev.moat.swap;

import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Revisions that new sandboxes do not get any more: uninstalled as soon as no sandbox uses them and
 * nobody may want to go back to them. Thread safe.
 */
final class Retirement {
    private final Logger logger = LoggerFactory.getLogger(Retirement.class);
    private final ReentrantLock lock = new ReentrantLock();
    private final Revisions revisions;

    /** Guarded by the lock. */
    private final Set<Revision> retired = new LinkedHashSet<>();

    Retirement(Revisions revisions) {
        this.revisions = revisions;
    }

    void add(Revision revision) {
        revisions.withhold(revision);
        lock.lock();
        try {
            retired.add(revision);
        } finally {
            lock.unlock();
        }
    }

    /** It is wanted again. */
    void takeBack(Revision revision) {
        lock.lock();
        try {
            retired.remove(revision);
        } finally {
            lock.unlock();
        }
        revisions.offer(revision);
    }

    /**
     * Uninstalls what can be.
     *
     * @param wanted what somebody may go back to
     */
    void sweep(Predicate<Revision> wanted) {
        for (Revision revision : candidates()) {
            if (wanted.test(revision) || !revisions.holders(revision).isEmpty()) {
                continue;
            }
            try {
                revisions.uninstall(revision);
                drop(revision);
            } catch (SwapException e) {
                logger.warn("{} stays: {}", revision, e.getMessage());
            }
        }
    }

    private List<Revision> candidates() {
        lock.lock();
        try {
            return List.copyOf(retired);
        } finally {
            lock.unlock();
        }
    }

    private void drop(Revision revision) {
        lock.lock();
        try {
            retired.remove(revision);
        } finally {
            lock.unlock();
        }
    }
}
