package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.abi.Rlimits;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;

/** Registers files with a ring, and exchanges them: io_uring/rsrc.c. Lives for one call. */
final class FileRegistration {
    private static final int EMPTY = -1;

    private final Ring ring;
    private final Task task;

    FileRegistration(Ring ring, Task task) {
        this.ring = ring;
        this.task = task;
    }

    /**
     * Makes the table.
     *
     * @param numbers array of descriptors; 0: all slots are empty
     * @param tags array of 64-bit tags; 0: none
     * @throws dev.moat.abi.ErrnoException EBUSY, EINVAL, EMFILE, EFAULT, EBADF, ENOMEM
     */
    void register(long numbers, int count, long tags) {
        if (ring.files().size() != 0) {
            throw Errno.EBUSY.exception();
        }
        if (count <= 0) {
            throw Errno.EINVAL.exception();
        }
        if (count > Attempt.MOST_FILES
                || count > task.group().limits().soft(Rlimits.RLIMIT_NOFILE)) {
            throw Errno.EMFILE.exception();
        }
        if (numbers == 0 && tags == 0) {
            ring.files().register(RingFiles.empty(count));
            return;
        }
        List<RingFiles.Slot> slots = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                int fd = numbers == 0 ? EMPTY : task.user().readInt(numbers + 4L * i);
                slots.add(slot(fd, tag(tags, i)));
            }
        } catch (ErrnoException e) {
            slots.forEach(FileRegistration::drop);
            throw e;
        }
        ring.files().register(slots);
    }

    /** Nothing is told of a tag that never was in the table. */
    private static void drop(RingFiles.Slot slot) {
        if (slot.file() != null) {
            slot.file().release();
        }
    }

    /**
     * Exchanges slots.
     *
     * @return how many were; an error only if none was: ENXIO, EINVAL, EFAULT, EBADF
     */
    long update(int start, int count, long numbers, long tags) {
        int size = ring.files().size();
        if (size == 0) {
            throw Errno.ENXIO.exception();
        }
        if (Integer.toUnsignedLong(start) + Integer.toUnsignedLong(count) > size) {
            throw Errno.EINVAL.exception();
        }
        int done = 0;
        try {
            for (; done < count; done++) {
                long tag = tag(tags, done);
                int fd = task.user().readInt(numbers + 4L * done);
                if (fd != IoUring.IORING_REGISTER_FILES_SKIP) {
                    ring.files().update(start + done, slot(fd, tag));
                } else if (tag != 0) {
                    throw Errno.EINVAL.exception();
                }
            }
        } catch (ErrnoException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    private long tag(long tags, int index) {
        return tags == 0 ? 0 : task.user().readLong(tags + (long) index * Long.BYTES);
    }

    private RingFiles.Slot slot(int fd, long tag) {
        if (fd == EMPTY) {
            if (tag != 0) {
                throw Errno.EINVAL.exception();
            }
            return RingFiles.Slot.EMPTY;
        }
        FileDescription file = FileUpdate.acquire(task, fd);
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return new RingFiles.Slot(file, Resource.of(ring, tag));
    }
}
