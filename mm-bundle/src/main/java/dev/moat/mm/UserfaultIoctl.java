package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.*;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** ioctl_userfaultfd(2): fs/userfaultfd.c. */
final class UserfaultIoctl {
    /** All but those of huge pages, which there are none of. */
    private static final long FEATURES =
            UFFD_FEATURE_PAGEFAULT_FLAG_WP
                    | UFFD_FEATURE_EVENT_FORK
                    | UFFD_FEATURE_EVENT_REMAP
                    | UFFD_FEATURE_EVENT_REMOVE
                    | UFFD_FEATURE_MISSING_SHMEM
                    | UFFD_FEATURE_EVENT_UNMAP
                    | UFFD_FEATURE_SIGBUS
                    | UFFD_FEATURE_THREAD_ID
                    | UFFD_FEATURE_MINOR_SHMEM
                    | UFFD_FEATURE_EXACT_ADDRESS
                    | UFFD_FEATURE_WP_HUGETLBFS_SHMEM
                    | UFFD_FEATURE_WP_UNPOPULATED
                    | UFFD_FEATURE_POISON
                    | UFFD_FEATURE_WP_ASYNC
                    | UFFD_FEATURE_MOVE;

    private static final long API_COMMANDS =
            1L << _UFFDIO_REGISTER | 1L << _UFFDIO_UNREGISTER | 1L << _UFFDIO_API;

    private static final long RANGE_COMMANDS =
            1L << _UFFDIO_WAKE
                    | 1L << _UFFDIO_COPY
                    | 1L << _UFFDIO_ZEROPAGE
                    | 1L << _UFFDIO_MOVE
                    | 1L << _UFFDIO_POISON;

    private static final long MODES =
            UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_MINOR;

    private final UserfaultFile file;
    private final UserfaultPages pages;

    UserfaultIoctl(UserfaultFile file, UserfaultPages pages) {
        this.file = file;
        this.pages = pages;
    }

    long run(Task task, int command, long argument) {
        if (command != UFFDIO_API && !file.isAgreed()) {
            throw Errno.EINVAL.exception();
        }
        return switch (command) {
            case UFFDIO_API -> agree(task, argument);
            case UFFDIO_REGISTER -> register(task, argument);
            case UFFDIO_UNREGISTER -> {
                long[] range = longs(task, argument, 2);
                pages.unregister(range[0], end(range));
                file.wake(range[0], range[0] + range[1]);
                yield 0;
            }
            case UFFDIO_WAKE -> {
                long[] range = longs(task, argument, 2);
                file.wake(range[0], end(range));
                yield 0;
            }
            case UFFDIO_COPY -> copy(task, argument);
            case UFFDIO_ZEROPAGE -> clear(task, argument);
            case UFFDIO_MOVE -> move(task, argument);
            case UFFDIO_WRITEPROTECT -> protect(task, argument);
            case UFFDIO_CONTINUE -> proceed(task, argument);
            case UFFDIO_POISON -> poison(task, argument);
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
    private long end(long... range) {
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

    private static void checkMode(long mode, long known) {
        if ((mode & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private long agree(Task task, long argument) {
        long[] given = longs(task, argument, 3);
        Errno error = refusal(task, given[0], given[1]);
        if (error == null) {
            // There before the file may be used: what is not told is not agreed on.
            task.user().writeLong(argument + 8, FEATURES);
            task.user().writeLong(argument + 16, API_COMMANDS);
            boolean asynchronous = (given[1] & UFFD_FEATURE_WP_ASYNC) != 0;
            long implied = asynchronous ? UFFD_FEATURE_WP_UNPOPULATED : 0;
            error = file.agree(given[1] | implied) ? null : Errno.EINVAL;
        }
        if (error != null) {
            task.user().copyOut(argument, new byte[24]);
            throw error.exception();
        }
        return 0;
    }

    private static @Nullable Errno refusal(Task task, long api, long features) {
        if (api != UFFD_API) {
            return Errno.EINVAL;
        }
        if ((features & UFFD_FEATURE_EVENT_FORK) != 0
                && !task.credentials().can(Capabilities.CAP_SYS_PTRACE)) {
            return Errno.EPERM;
        }
        return (features & ~FEATURES) == 0 ? null : Errno.EINVAL;
    }

    private long register(Task task, long argument) {
        long[] given = longs(task, argument, 3);
        long modes = given[2];
        if (modes == 0) {
            throw Errno.EINVAL.exception();
        }
        checkMode(modes, MODES);
        pages.register(given[0], end(given), modes);
        long commands = RANGE_COMMANDS;
        if ((modes & UFFDIO_REGISTER_MODE_WP) != 0) {
            commands |= 1L << _UFFDIO_WRITEPROTECT;
        }
        if ((modes & UFFDIO_REGISTER_MODE_MINOR) != 0) {
            commands |= 1L << _UFFDIO_CONTINUE;
        }
        task.user().writeLong(argument + 24, commands);
        return 0;
    }

    private UserfaultFiller filler() {
        return new UserfaultFiller(pages.space());
    }

    /** Whether something changes first that was not read of: EAGAIN, which the result says, too. */
    private boolean isChanging(Task task, long resultAddr) {
        if (!file.isChanging()) {
            return false;
        }
        task.user().writeLong(resultAddr, Errno.EAGAIN.negated());
        return true;
    }

    private long copy(Task task, long argument) {
        if (isChanging(task, argument + 32)) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 4);
        long source = given[1];
        long length = given[2];
        long end = end(given[0], length);
        checkMode(given[3], UFFDIO_COPY_MODE_DONTWAKE | UFFDIO_COPY_MODE_WP);
        if (source < 0 || source + length < 0) {
            throw Errno.EINVAL.exception();
        }
        UserfaultFiller.Protect protect = protect(given[3], UFFDIO_COPY_MODE_WP);
        UserfaultFiller.Outcome outcome =
                filler().copy(task.user(), source, given[0], end, protect);
        boolean wakes = (given[3] & UFFDIO_COPY_MODE_DONTWAKE) == 0;
        return finish(task, argument + 32, given[0], length, outcome, wakes);
    }

    private static UserfaultFiller.Protect protect(long mode, long flag) {
        return (mode & flag) != 0 ? UserfaultFiller.Protect.YES : UserfaultFiller.Protect.NO;
    }

    private long clear(Task task, long argument) {
        if (isChanging(task, argument + 24)) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 3);
        long end = end(given);
        checkMode(given[2], UFFDIO_ZEROPAGE_MODE_DONTWAKE);
        boolean wakes = (given[2] & UFFDIO_ZEROPAGE_MODE_DONTWAKE) == 0;
        return finish(
                task, argument + 24, given[0], given[1], filler().clear(given[0], end), wakes);
    }

    private long proceed(Task task, long argument) {
        if (isChanging(task, argument + 24)) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 3);
        long end = end(given);
        checkMode(given[2], UFFDIO_CONTINUE_MODE_DONTWAKE | UFFDIO_CONTINUE_MODE_WP);
        UserfaultFiller.Protect protect = protect(given[2], UFFDIO_CONTINUE_MODE_WP);
        UserfaultFiller.Outcome outcome = filler().proceed(given[0], end, protect);
        boolean wakes = (given[2] & UFFDIO_CONTINUE_MODE_DONTWAKE) == 0;
        return finish(task, argument + 24, given[0], given[1], outcome, wakes);
    }

    private long poison(Task task, long argument) {
        if (isChanging(task, argument + 24)) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 3);
        long end = end(given);
        checkMode(given[2], UFFDIO_POISON_MODE_DONTWAKE);
        boolean wakes = (given[2] & UFFDIO_POISON_MODE_DONTWAKE) == 0;
        return finish(
                task, argument + 24, given[0], given[1], filler().poison(given[0], end), wakes);
    }

    private long move(Task task, long argument) {
        if (isChanging(task, argument + 32)) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 4);
        if (task.memory().id() != pages.space().id) {
            throw Errno.EINVAL.exception();
        }
        long length = given[2];
        end(given[0], length);
        end(given[1], length);
        checkMode(given[3], UFFDIO_MOVE_MODE_DONTWAKE | UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES);
        UserfaultMoving.Holes holes =
                (given[3] & UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES) != 0
                        ? UserfaultMoving.Holes.ALLOWED
                        : UserfaultMoving.Holes.REFUSED;
        UserfaultFiller.Outcome outcome =
                new UserfaultMoving(pages.space(), file).move(given[1], given[0], length, holes);
        boolean wakes = (given[3] & UFFDIO_MOVE_MODE_DONTWAKE) == 0;
        return finish(task, argument + 32, given[0], length, outcome, wakes);
    }

    private long protect(Task task, long argument) {
        if (file.isChanging()) {
            return Errno.EAGAIN.negated();
        }
        long[] given = longs(task, argument, 3);
        long end = end(given);
        checkMode(given[2], UFFDIO_WRITEPROTECT_MODE_WP | UFFDIO_WRITEPROTECT_MODE_DONTWAKE);
        boolean on = (given[2] & UFFDIO_WRITEPROTECT_MODE_WP) != 0;
        boolean wakes = (given[2] & UFFDIO_WRITEPROTECT_MODE_DONTWAKE) == 0;
        if (on && !wakes) {
            throw Errno.EINVAL.exception();
        }
        new UserfaultProtecting(pages.space()).change(given[0], end, on);
        if (!on && wakes) {
            file.wake(given[0], end);
        }
        return 0;
    }

    /** Tells how far it went: EAGAIN for a part, the error where nothing was done. */
    private long finish(
            Task task,
            long resultAddr,
            long start,
            long lengthBytes,
            UserfaultFiller.Outcome outcome,
            boolean wakes) {
        long done = outcome.doneBytes();
        Errno error = outcome.error();
        if (error == Errno.ESRCH) {
            throw error.exception();
        }
        long result = done != 0 || error == null ? done : error.negated();
        task.user().writeLong(resultAddr, result);
        if (done != 0 && wakes) {
            file.wake(start, start + done);
        }
        if (done == 0 && error != null) {
            return result;
        }
        return done == lengthBytes ? 0 : Errno.EAGAIN.negated();
    }
}
