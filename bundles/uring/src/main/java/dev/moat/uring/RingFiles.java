package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files that are registered with a ring, each slot with a reference. */
@Stateful(version = 2)
final class RingFiles {
    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock; empty while nothing is registered. */
    private List<@Nullable FileDescription> slots = new ArrayList<>();

    RingFiles(Keeping keeping) {
        this.keeping = keeping;
    }

    /**
     * Makes the table.
     *
     * @param files null for an empty slot; the references pass to the table, also if it fails
     * @throws dev.moat.abi.ErrnoException EBUSY: there is one; ENOMEM
     */
    void register(List<@Nullable FileDescription> files) {
        try {
            keeping.take(files.size());
        } catch (ErrnoException e) {
            release(files);
            throw e;
        }
        boolean taken;
        lock.lock();
        try {
            taken = !slots.isEmpty();
            if (!taken) {
                slots = new ArrayList<>(files);
            }
        } finally {
            lock.unlock();
        }
        if (taken) {
            keeping.giveBack(files.size());
            release(files);
            throw Errno.EBUSY.exception();
        }
    }

    /** Drops the table: ENXIO if there is none. */
    void unregister() {
        if (!clear()) {
            throw Errno.ENXIO.exception();
        }
    }

    /** Drops the table; whether there was one. */
    boolean clear() {
        List<@Nullable FileDescription> old;
        lock.lock();
        try {
            old = slots;
            slots = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        keeping.giveBack(old.size());
        release(old);
        return !old.isEmpty();
    }

    private static void release(List<@Nullable FileDescription> files) {
        for (FileDescription file : files) {
            if (file != null) {
                file.release();
            }
        }
    }

    /** The file in a slot, with a reference; null if there is none. */
    @Nullable FileDescription acquire(int slot) {
        lock.lock();
        try {
            FileDescription file = slot >= 0 && slot < slots.size() ? slots.get(slot) : null;
            return file != null && file.tryRetain() ? file : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a new file where the guest wants it; takes over the reference.
     *
     * @param index slot + 1, or IORING_FILE_INDEX_ALLOC for any free one
     * @return 0, or the slot that was found
     * @throws dev.moat.abi.ErrnoException ENXIO: there is no table; EINVAL: no such slot; ENFILE
     */
    int place(int index, FileDescription file) {
        FileDescription old = null;
        Errno error;
        int result = 0;
        lock.lock();
        try {
            boolean any = index == IoUring.IORING_FILE_INDEX_ALLOC;
            int slot = any ? slots.indexOf(null) : index - 1;
            if (slots.isEmpty()) {
                error = any ? Errno.ENFILE : Errno.ENXIO;
            } else if (any && slot < 0) {
                error = Errno.ENFILE;
            } else if (slot < 0 || slot >= slots.size()) {
                error = Errno.EINVAL;
            } else {
                old = slots.set(slot, file);
                error = null;
                result = any ? slot : 0;
            }
        } finally {
            lock.unlock();
        }
        if (error != null) {
            file.release();
            throw error.exception();
        }
        if (old != null) {
            old.release();
        }
        return result;
    }

    /**
     * Replaces a slot; takes over the reference.
     *
     * @throws dev.moat.abi.ErrnoException ENXIO, EINVAL as above
     */
    void update(int slot, @Nullable FileDescription file) {
        FileDescription old = file;
        Errno error = null;
        lock.lock();
        try {
            if (slots.isEmpty()) {
                error = Errno.ENXIO;
            } else if (slot < 0 || slot >= slots.size()) {
                error = Errno.EINVAL;
            } else {
                old = slots.set(slot, file);
            }
        } finally {
            lock.unlock();
        }
        if (old != null) {
            old.release();
        }
        if (error != null) {
            throw error.exception();
        }
    }

    /** Empties a slot for IORING_OP_CLOSE: EBADF if it is empty. */
    void close(int slot) {
        FileDescription held = acquire(slot);
        if (held == null) {
            int size = size();
            throw (size == 0 ? Errno.ENXIO : slot < 0 || slot >= size ? Errno.EINVAL : Errno.EBADF)
                    .exception();
        }
        try {
            update(slot, null);
        } finally {
            held.release();
        }
    }

    int size() {
        lock.lock();
        try {
            return slots.size();
        } finally {
            lock.unlock();
        }
    }

    /** An empty table of this size. */
    static List<@Nullable FileDescription> empty(int size) {
        return Collections.nCopies(size, null);
    }
}
