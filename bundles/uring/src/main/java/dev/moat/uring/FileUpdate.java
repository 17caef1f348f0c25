package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Finds slots for descriptors: IORING_OP_FILES_UPDATE with IORING_FILE_INDEX_ALLOC. */
final class FileUpdate {
    private final Ring ring;
    private final Task task;

    FileUpdate(Ring ring, Task task) {
        this.ring = ring;
        this.task = task;
    }

    /**
     * Puts {@code count} descriptors at {@code userAddr} into free slots, whose numbers are written
     * back.
     *
     * @return how many were done; an error only if none was
     */
    long place(long userAddr, int count) {
        MemorySegment numbers =
                MemorySegment.ofArray(task.user().copyIn(userAddr, Math.multiplyExact(count, 4)));
        if (ring.files().size() == 0) {
            throw Errno.ENXIO.exception();
        }
        int done = 0;
        try {
            for (; done < count; done++) {
                int fd = numbers.get(JAVA_INT_UNALIGNED, 4L * done);
                int slot = ring.files().place(IoUring.IORING_FILE_INDEX_ALLOC, require(fd));
                task.user().writeInt(userAddr + 4L * done, slot);
            }
        } catch (ErrnoException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    private FileDescription require(int fd) {
        FileDescription file = acquire(task, fd);
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    /** A file that may be registered, with a reference: no ring, which could hold itself. */
    static @Nullable FileDescription acquire(Task task, int fd) {
        FileDescription file = task.files().tryAcquire(fd);
        if (file instanceof Ring) {
            file.release();
            return null;
        }
        return file;
    }
}
