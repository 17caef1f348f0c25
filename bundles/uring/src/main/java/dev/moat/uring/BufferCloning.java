package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** IORING_REGISTER_CLONE_BUFFERS: takes over buffers of another ring. Lives for one call. */
final class BufferCloning {
    /** {@code struct io_uring_clone_buffers}. */
    private static final int BYTES = 32;

    private static final int PADDING = 20;

    private final Ring ring;
    private final Task task;

    BufferCloning(Ring ring, Task task) {
        this.ring = ring;
        this.task = task;
    }

    /** EINVAL, EBUSY, EBADF, EOPNOTSUPP, EEXIST, ENXIO, EOVERFLOW, ENOMEM, EFAULT. */
    void run(long arg) {
        MemorySegment given = MemorySegment.ofArray(task.user().copyIn(arg, BYTES));
        int flags = given.get(JAVA_INT_UNALIGNED, 4);
        int known = IoUring.IORING_REGISTER_SRC_REGISTERED | IoUring.IORING_REGISTER_DST_REPLACE;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        boolean replaces = (flags & IoUring.IORING_REGISTER_DST_REPLACE) != 0;
        if (!replaces && !ring.fixedBuffers().copy().isEmpty()) {
            throw Errno.EBUSY.exception();
        }
        for (long at = PADDING; at < BYTES; at += Integer.BYTES) {
            if (given.get(JAVA_INT_UNALIGNED, at) != 0) {
                throw Errno.EINVAL.exception();
            }
        }
        int number = given.get(JAVA_INT_UNALIGNED, 0);
        FileDescription file =
                (flags & IoUring.IORING_REGISTER_SRC_REGISTERED) != 0
                        ? RingNumbers.acquire(task, number)
                        : task.files().acquire(number);
        try {
            if (!(file instanceof Ring source)) {
                throw Errno.EOPNOTSUPP.exception();
            }
            if (source != ring) {
                source.admission().checkIssuer(task);
            }
            take(
                    source.fixedBuffers().copy(),
                    Integer.toUnsignedLong(given.get(JAVA_INT_UNALIGNED, 8)),
                    Integer.toUnsignedLong(given.get(JAVA_INT_UNALIGNED, 12)),
                    Integer.toUnsignedLong(given.get(JAVA_INT_UNALIGNED, 16)));
        } finally {
            file.release();
        }
    }

    private void take(List<FixedBuffers.Slot> source, long from, long to, long wanted) {
        if (wanted == 0 && (from != 0 || to != 0)) {
            throw Errno.EINVAL.exception();
        }
        if (source.isEmpty()) {
            throw Errno.ENXIO.exception();
        }
        long count = wanted == 0 ? source.size() : wanted;
        if (count > source.size()) {
            throw Errno.EINVAL.exception();
        }
        if (count + from > source.size()) {
            throw Errno.EOVERFLOW.exception();
        }
        if (count + to > FixedBuffers.MOST) {
            throw Errno.EINVAL.exception();
        }
        List<FixedBuffers.Slot> fresh = new ArrayList<>(ring.fixedBuffers().copy());
        while (fresh.size() < to + count) {
            fresh.add(FixedBuffers.Slot.EMPTY);
        }
        for (int i = 0; i < count; i++) {
            // tags stay with the ring that gave them
            FixedBuffers.Slot slot = source.get((int) from + i);
            fresh.set((int) to + i, new FixedBuffers.Slot(slot.range(), null));
        }
        ring.fixedBuffers().replace(fresh);
    }
}
