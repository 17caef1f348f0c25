package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.task.RegisteredRings;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;

/** Rings by the numbers that a task has for them beside its descriptors: io_uring/tctx.c. */
final class RingNumbers {
    /** {@code struct io_uring_rsrc_update}. */
    private static final int BYTES = 16;

    private static final int ANY = -1;

    private RingNumbers() {}

    /** A ring, with a reference for the caller: EINVAL for what is no such number, EBADF. */
    static FileDescription acquire(Task task, int number) {
        checkNumber(number);
        FileDescription ring = task.registeredRings().acquire(number);
        if (ring == null) {
            throw Errno.EBADF.exception();
        }
        return ring;
    }

    private static void checkNumber(int number) {
        if (Integer.compareUnsigned(number, RegisteredRings.MOST) >= 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Gives a new ring the first free number, with the caller's reference: EBUSY. */
    static int install(Task task, Ring ring) {
        int number = task.registeredRings().add(ring, 0, RegisteredRings.MOST);
        if (number < 0) {
            ring.release();
            throw Errno.EBUSY.exception();
        }
        return number;
    }

    /** IORING_REGISTER_RING_FDS: how many were; an error only if none was. */
    static long register(Task task, long arg, int count) {
        return each(task, arg, count, RingNumbers::register);
    }

    /** IORING_UNREGISTER_RING_FDS: how many were; an error only if none was. */
    static long unregister(Task task, long arg, int count) {
        return each(task, arg, count, RingNumbers::unregister);
    }

    private interface Step {
        void run(Task task, long addr, int offset, long data);
    }

    private static long each(Task task, long arg, int count, Step step) {
        if (count <= 0 || count > RegisteredRings.MOST) {
            throw Errno.EINVAL.exception();
        }
        int done = 0;
        try {
            for (; done < count; done++) {
                long addr = arg + (long) done * BYTES;
                MemorySegment given = MemorySegment.ofArray(task.user().copyIn(addr, BYTES));
                if (given.get(JAVA_INT_UNALIGNED, 4) != 0) {
                    throw Errno.EINVAL.exception();
                }
                int offset = given.get(JAVA_INT_UNALIGNED, 0);
                step.run(task, addr, offset, given.get(JAVA_LONG_UNALIGNED, 8));
            }
        } catch (ErrnoException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    private static void register(Task task, long addr, int offset, long data) {
        if (offset != ANY) {
            checkNumber(offset);
        }
        FileDescription file = task.files().acquire((int) data);
        if (!(file instanceof Ring)) {
            file.release();
            throw Errno.EOPNOTSUPP.exception();
        }
        int first = offset == ANY ? 0 : offset;
        int end = offset == ANY ? RegisteredRings.MOST : offset + 1;
        int number = task.registeredRings().add(file, first, end);
        if (number < 0) {
            file.release();
            throw Errno.EBUSY.exception();
        }
        try {
            task.user().writeInt(addr, number);
        } catch (ErrnoException e) {
            task.registeredRings().remove(number);
            throw e;
        }
    }

    private static void unregister(Task task, long addr, int offset, long data) {
        if (data != 0) {
            throw Errno.EINVAL.exception();
        }
        checkNumber(offset);
        task.registeredRings().remove(offset);
    }
}
