package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import org.jspecify.annotations.Nullable;

/** The eventfd that is told of completions: IORING_REGISTER_EVENTFD. */
@Stateful
final class RingEvents {
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock. */
    private @Nullable FileDescription file;

    /**
     * Registers it; takes over the reference.
     *
     * @throws dev.moat.abi.ErrnoException EBUSY: there is one
     */
    void register(FileDescription eventFile) {
        boolean taken;
        lock.lock();
        try {
            taken = file != null;
            if (!taken) {
                file = eventFile;
            }
        } finally {
            lock.unlock();
        }
        if (taken) {
            eventFile.release();
            throw Errno.EBUSY.exception();
        }
    }

    /** ENXIO if there is none. */
    void unregister() {
        if (!clear()) {
            throw Errno.ENXIO.exception();
        }
    }

    /** Whether there was one. */
    boolean clear() {
        FileDescription old;
        lock.lock();
        try {
            old = file;
            file = null;
        } finally {
            lock.unlock();
        }
        if (old != null) {
            old.release();
        }
        return old != null;
    }

    boolean isToldTo(FileDescription other) {
        lock.lock();
        try {
            return file == other;
        } finally {
            lock.unlock();
        }
    }

    /** Counts one up in the eventfd; without locks of the ring. */
    void tell() {
        FileDescription told;
        lock.lock();
        try {
            told = file != null && file.tryRetain() ? file : null;
        } finally {
            lock.unlock();
        }
        if (told != null) {
            told.countEvent();
            told.release();
        }
    }
}
