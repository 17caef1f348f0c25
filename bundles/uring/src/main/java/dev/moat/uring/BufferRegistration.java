package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Registers memory with a ring, and exchanges it: io_uring/rsrc.c. Lives for one call. */
final class BufferRegistration {
    private static final long LARGEST_BUFFER_BYTES = 1L << 30;
    private static final long PAGE_MASK = 4095;

    private final Ring ring;
    private final Task task;

    BufferRegistration(Ring ring, Task task) {
        this.ring = ring;
        this.task = task;
    }

    /**
     * Makes the table.
     *
     * @param vectors iovec array; 0: all slots are empty
     * @param tags array of 64-bit tags; 0: none
     * @throws dev.moat.abi.ErrnoException EBUSY, EINVAL, EFAULT, EOVERFLOW, ENOMEM
     */
    void register(long vectors, int count, long tags) {
        if (!ring.fixedBuffers().copy().isEmpty()) {
            throw Errno.EBUSY.exception();
        }
        if (count <= 0 || count > FixedBuffers.MOST) {
            throw Errno.EINVAL.exception();
        }
        List<FixedBuffers.Slot> slots = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            slots.add(read(vectors, tags, i));
        }
        ring.fixedBuffers().register(slots);
    }

    /**
     * Exchanges slots.
     *
     * @return how many were; an error only if none was: ENXIO, EINVAL, EFAULT, EOVERFLOW
     */
    long update(int start, int count, long vectors, long tags) {
        ring.fixedBuffers()
                .checkRange(Integer.toUnsignedLong(start), Integer.toUnsignedLong(count));
        int done = 0;
        try {
            for (; done < count; done++) {
                ring.fixedBuffers().update(start + done, read(vectors, tags, done));
            }
        } catch (ErrnoException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    private FixedBuffers.Slot read(long vectors, long tags, int index) {
        long tag = tags == 0 ? 0 : task.user().readLong(tags + (long) index * Long.BYTES);
        Iovec buffer = new Iovec(0, 0);
        if (vectors != 0) {
            byte[] bytes = task.user().copyIn(vectors + index * Iovec.SIZE, (int) Iovec.SIZE);
            MemorySegment vector = MemorySegment.ofArray(bytes);
            buffer =
                    new Iovec(
                            vector.get(JAVA_LONG_UNALIGNED, 0),
                            vector.get(JAVA_LONG_UNALIGNED, Long.BYTES));
        }
        check(buffer);
        if (buffer.base() == 0 && tag != 0) {
            throw Errno.EINVAL.exception();
        }
        return new FixedBuffers.Slot(buffer, Resource.of(ring, tag));
    }

    /** io_buffer_validate: EFAULT for what cannot be pinned; none at all is an empty slot. */
    private void check(Iovec buffer) {
        if (buffer.base() == 0) {
            if (buffer.lengthBytes() != 0) {
                throw Errno.EFAULT.exception();
            }
            return;
        }
        if (buffer.lengthBytes() <= 0 || buffer.lengthBytes() > LARGEST_BUFFER_BYTES) {
            throw Errno.EFAULT.exception();
        }
        long start = buffer.base() & ~PAGE_MASK;
        long length = buffer.base() - start + buffer.lengthBytes();
        if (Long.compareUnsigned(buffer.base() + buffer.lengthBytes(), buffer.base()) < 0) {
            throw Errno.EOVERFLOW.exception();
        }
        if (!task.memory().control().isPinnable(start, length)) {
            throw Errno.EFAULT.exception();
        }
    }
}
