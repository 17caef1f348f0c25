package dev.moat.mm;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** ioctl_userfaultfd(2): fs/userfaultfd.c. */
final class UserfaultIoctl {
    private static final long FEATURES =
            Userfaultfd.UFFD_FEATURE_SIGBUS
                    | Userfaultfd.UFFD_FEATURE_THREAD_ID
                    | Userfaultfd.UFFD_FEATURE_EXACT_ADDRESS;

    private static final long API_COMMANDS =
            1L << Userfaultfd._UFFDIO_REGISTER
                    | 1L << Userfaultfd._UFFDIO_UNREGISTER
                    | 1L << Userfaultfd._UFFDIO_API;

    private static final long RANGE_COMMANDS =
            1L << Userfaultfd._UFFDIO_WAKE
                    | 1L << Userfaultfd._UFFDIO_COPY
                    | 1L << Userfaultfd._UFFDIO_ZEROPAGE;

    private final UserfaultFile file;
    private final UserfaultPages pages;

    UserfaultIoctl(UserfaultFile file, UserfaultPages pages) {
        this.file = file;
        this.pages = pages;
    }

    long run(Task task, int command, long argument) {
        if (command != Userfaultfd.UFFDIO_API && !file.isAgreed()) {
            throw Errno.EINVAL.exception();
        }
        return switch (command) {
            case Userfaultfd.UFFDIO_API -> agree(task, argument);
            case Userfaultfd.UFFDIO_REGISTER -> register(task, argument);
            case Userfaultfd.UFFDIO_UNREGISTER -> {
                long[] range = longs(task, argument, 2);
                pages.unregister(range[0], end(range));
                file.wake(range[0], range[0] + range[1]);
                yield 0;
            }
            case Userfaultfd.UFFDIO_WAKE -> {
                long[] range = longs(task, argument, 2);
                file.wake(range[0], end(range));
                yield 0;
            }
            case Userfaultfd.UFFDIO_COPY -> copy(task, argument);
            case Userfaultfd.UFFDIO_ZEROPAGE -> clear(task, argument);
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static long[] longs(Task task, long userAddr, int count) {
        MemorySegment struct = MemorySegment.ofArray(task.user().copyIn(userAddr, 8 * count));
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = struct.get(JAVA_LONG_UNALIGNED, 8L * i);
        }
        return values;
    }

    /** validate_range(): the end of a range of start and length, EINVAL. */
    private long end(long[] range) {
        boolean good =
                Pages.isAligned(range[0])
                        && Pages.isAligned(range[1])
                        && range[1] != 0
                        && pages.isRange(range[0], range[1]);
        if (!good) {
            throw Errno.EINVAL.exception();
        }
        return range[0] + range[1];
    }

    private long agree(Task task, long argument) {
        long[] given = longs(task, argument, 3);
        if (given[0] != Userfaultfd.UFFD_API || (given[1] & ~FEATURES) != 0) {
            task.user().copyOut(argument, new byte[24]);
            throw Errno.EINVAL.exception();
        }
        task.user().writeLong(argument + 8, FEATURES);
        task.user().writeLong(argument + 16, API_COMMANDS);
        file.agree(given[1]);
        return 0;
    }

    private long register(Task task, long argument) {
        long[] given = longs(task, argument, 3);
        if (given[2] != Userfaultfd.UFFDIO_REGISTER_MODE_MISSING) {
            throw Errno.EINVAL.exception();
        }
        pages.register(given[0], end(given));
        task.user().writeLong(argument + 24, RANGE_COMMANDS);
        return 0;
    }

    private long copy(Task task, long argument) {
        long[] given = longs(task, argument, 4);
        long source = given[1];
        long[] range = {given[0], given[2]};
        long end = end(range);
        if ((given[3] & ~Userfaultfd.UFFDIO_COPY_MODE_DONTWAKE) != 0
                || source < 0
                || source + given[2] < 0) {
            throw Errno.EINVAL.exception();
        }
        long done = 0;
        Errno error = null;
        byte[] page = new byte[(int) Pages.BYTES];
        try {
            for (; range[0] + done < end; done += Pages.BYTES) {
                task.user().copyIn(source + done, MemorySegment.ofArray(page), 0, Pages.BYTES);
                pages.fill(range[0] + done, page);
            }
        } catch (ErrnoException e) {
            error = e.errno();
        }
        boolean wakes = (given[3] & Userfaultfd.UFFDIO_COPY_MODE_DONTWAKE) == 0;
        return finish(task, argument + 32, range, done, error, wakes);
    }

    private long clear(Task task, long argument) {
        long[] given = longs(task, argument, 3);
        long[] range = {given[0], given[1]};
        long end = end(range);
        if ((given[2] & ~Userfaultfd.UFFDIO_ZEROPAGE_MODE_DONTWAKE) != 0) {
            throw Errno.EINVAL.exception();
        }
        long done = 0;
        Errno error = null;
        byte[] zeros = new byte[(int) Pages.BYTES];
        try {
            for (; range[0] + done < end; done += Pages.BYTES) {
                pages.fill(range[0] + done, zeros);
            }
        } catch (ErrnoException e) {
            error = e.errno();
        }
        boolean wakes = (given[2] & Userfaultfd.UFFDIO_ZEROPAGE_MODE_DONTWAKE) == 0;
        return finish(task, argument + 24, range, done, error, wakes);
    }

    /** Tells how far it went: EAGAIN for a part, the error where nothing was done. */
    private long finish(
            Task task,
            long resultAddr,
            long[] range,
            long done,
            @Nullable Errno error,
            boolean wakes) {
        long result = done != 0 || error == null ? done : error.negated();
        task.user().writeLong(resultAddr, result);
        if (done != 0 && wakes) {
            file.wake(range[0], range[0] + done);
        }
        if (done == 0 && error != null) {
            return result;
        }
        return done == range[1] ? 0 : Errno.EAGAIN.negated();
    }
}
