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
@Stateful(version = 3)
final class RingFiles {
    /** What is in a slot: nothing, or a file, which may have a tag. */
    record Slot(@Nullable FileDescription file, @Nullable Resource resource) {
        static final Slot EMPTY = new Slot(null, null);

        /** The slot has it no more. */
        void release() {
            if (file != null) {
                file.release();
            }
            Resource.drop(resource);
        }
    }

    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock, as all below; empty while nothing is registered. */
    private List<Slot> slots = new ArrayList<>();

    /** Where free slots are looked for, and from where on: io_uring/filetable.c. */
    private int rangeStart;

    private int rangeEnd;
    private int hint;

    RingFiles(Keeping keeping) {
        this.keeping = keeping;
    }

    /**
     * Makes the table.
     *
     * @param files what they hold passes to the table, also if it fails
     * @throws dev.moat.abi.ErrnoException EBUSY: there is one; ENOMEM
     */
    void register(List<Slot> files) {
        try {
            keeping.take(files.size());
        } catch (ErrnoException e) {
            files.forEach(Slot::release);
            throw e;
        }
        boolean taken;
        lock.lock();
        try {
            taken = !slots.isEmpty();
            if (!taken) {
                slots = new ArrayList<>(files);
                rangeStart = 0;
                rangeEnd = slots.size();
                hint = 0;
            }
        } finally {
            lock.unlock();
        }
        if (taken) {
            keeping.giveBack(files.size());
            files.forEach(Slot::release);
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
        List<Slot> old;
        lock.lock();
        try {
            old = slots;
            slots = new ArrayList<>();
            rangeStart = 0;
            rangeEnd = 0;
            hint = 0;
        } finally {
            lock.unlock();
        }
        keeping.giveBack(old.size());
        old.forEach(Slot::release);
        return !old.isEmpty();
    }

    /** The file in a slot, with a reference; null if there is none. */
    @Nullable FileDescription acquire(int slot) {
        lock.lock();
        try {
            FileDescription file = atLocked(slot).file();
            return file != null && file.tryRetain() ? file : null;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #acquire}, for an operation: its tag waits for that, too; null if empty. */
    @Nullable Slot hold(int slot) {
        lock.lock();
        try {
            Slot held = atLocked(slot);
            FileDescription file = held.file();
            return file != null && file.tryRetain()
                    ? new Slot(file, Resource.share(held.resource()))
                    : null;
        } finally {
            lock.unlock();
        }
    }

    private Slot atLocked(int slot) {
        return slot >= 0 && slot < slots.size() ? slots.get(slot) : Slot.EMPTY;
    }

    /**
     * Puts a new file where the guest wants it; takes over the reference.
     *
     * @param index slot + 1, or IORING_FILE_INDEX_ALLOC for any free one
     * @return 0, or the slot that was found
     * @throws dev.moat.abi.ErrnoException ENXIO: there is no table; EINVAL: no such slot; ENFILE
     */
    int place(int index, FileDescription file) {
        Slot old = new Slot(file, null);
        Errno error = null;
        boolean any = index == IoUring.IORING_FILE_INDEX_ALLOC;
        int slot;
        lock.lock();
        try {
            slot = any ? findFreeLocked() : index - 1;
            if (slots.isEmpty()) {
                error = any ? Errno.ENFILE : Errno.ENXIO;
            } else if (any && slot < 0) {
                error = Errno.ENFILE;
            } else if (slot < 0 || slot >= slots.size()) {
                error = Errno.EINVAL;
            } else {
                old = setLocked(slot, old);
            }
        } finally {
            lock.unlock();
        }
        old.release();
        if (error != null) {
            throw error.exception();
        }
        return any ? slot : 0;
    }

    /** io_file_bitmap_get: from where the last one was, then from the start; -1. */
    private int findFreeLocked() {
        for (int i = Math.max(hint, rangeStart); i < rangeEnd; i++) {
            if (slots.get(i).file() == null) {
                return i;
            }
        }
        for (int i = rangeStart; i < Math.min(hint, rangeEnd); i++) {
            if (slots.get(i).file() == null) {
                return i;
            }
        }
        return -1;
    }

    private Slot setLocked(int slot, Slot content) {
        hint = content.file() == null ? slot : slot + 1;
        return slots.set(slot, content);
    }

    /**
     * IORING_REGISTER_FILE_ALLOC_RANGE.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: beyond the table
     */
    void setRange(long start, long end) {
        lock.lock();
        try {
            if (end > slots.size()) {
                throw Errno.EINVAL.exception();
            }
            rangeStart = (int) start;
            rangeEnd = (int) end;
            hint = rangeStart;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces a slot; takes over what it holds.
     *
     * @throws dev.moat.abi.ErrnoException ENXIO, EINVAL as above
     */
    void update(int slot, Slot content) {
        Slot old = content;
        Errno error = null;
        lock.lock();
        try {
            if (slots.isEmpty()) {
                error = Errno.ENXIO;
            } else if (slot < 0 || slot >= slots.size()) {
                error = Errno.EINVAL;
            } else {
                old = setLocked(slot, content);
            }
        } finally {
            lock.unlock();
        }
        old.release();
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
            update(slot, Slot.EMPTY);
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
    static List<Slot> empty(int size) {
        return Collections.nCopies(size, Slot.EMPTY);
    }
}
