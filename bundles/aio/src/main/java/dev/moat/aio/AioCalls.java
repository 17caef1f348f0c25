package dev.moat.aio;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Signals;
import dev.moat.abi.Timespec;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import java.util.Optional;

/**
 * {@code io_setup(2)}, {@code io_destroy(2)}, {@code io_submit(2)}, {@code io_cancel(2)}, {@code
 * io_getevents(2)}.
 */
final class AioCalls {
    /** Rings beyond are EINVAL: ioctx_alloc(). */
    private static final long MOST_RING_BYTES = 0x10000000L;

    /** ioctx_alloc() makes room for each CPU; a sandbox' guests may count on so much. */
    private static final int LEAST_EVENTS = 4;

    private static final int SIGSET_ARGUMENT_BYTES = 16;

    @Syscall(nr = 206, name = "io_setup")
    long ioSetup(Task task, int count, long contextAddr) {
        long present = task.user().readLong(contextAddr);
        long requests = Integer.toUnsignedLong(count);
        if (present != 0 || requests == 0) {
            throw Errno.EINVAL.exception();
        }
        long events = Math.max(requests, LEAST_EVENTS) * 2;
        if (events > MOST_RING_BYTES / AioEvent.BYTES) {
            throw Errno.EINVAL.exception();
        }
        AioTable table = AioTable.of(task.sandbox());
        table.reserve(requests);
        boolean done = false;
        try {
            AioContext context = new AioContext(task, requests, (int) events + 2);
            context.placed(map(task, context));
            table.add(context);
            context.worker().start();
            done = true;
            tell(task, table, context, contextAddr);
        } finally {
            if (!done) {
                table.giveBack(requests);
            }
        }
        return 0;
    }

    private static long map(Task task, AioContext context) {
        try {
            return task.memory()
                    .map(
                            new MapRequest(
                                    0,
                                    context.ring().sizeBytes(),
                                    MemoryFlags.PROT_READ | MemoryFlags.PROT_WRITE,
                                    MemoryFlags.PROT_READ | MemoryFlags.PROT_WRITE,
                                    MemoryFlags.MAP_SHARED,
                                    Optional.of(context.ring()),
                                    0,
                                    "/[aio] (deleted)",
                                    new FileIdentity(0, 1)));
        } catch (ErrnoException e) {
            context.end();
            throw e;
        }
    }

    private static void tell(Task task, AioTable table, AioContext context, long contextAddr) {
        try {
            task.user().writeLong(contextAddr, context.userAddr());
        } catch (ErrnoException e) {
            table.remove(context);
            task.memory().unmap(context.userAddr(), context.ring().sizeBytes());
            throw e;
        }
    }

    @Syscall(nr = 207, name = "io_destroy")
    long ioDestroy(Task task, long contextAddr) {
        AioTable table = AioTable.of(task.sandbox());
        AioContext context = table.require(task, contextAddr);
        long size = context.ring().sizeBytes();
        table.remove(context);
        task.memory().unmap(contextAddr, size);
        return 0;
    }

    @Syscall(nr = 209, name = "io_submit")
    long ioSubmit(Task task, long contextAddr, long count, long iocbsAddr) {
        if (count < 0) {
            throw Errno.EINVAL.exception();
        }
        AioContext context = AioTable.of(task.sandbox()).require(task, contextAddr);
        long most = Math.min(count, context.ring().slots());
        long done = task.resumption().isResumed() ? task.resumption().count() : 0;
        try {
            while (done < most) {
                long iocbAddr = task.user().readLong(iocbsAddr + done * Long.BYTES);
                new Submission(task, context, iocbAddr).run();
                done++;
            }
        } catch (ErrnoException e) {
            return done > 0 ? done : e.errno().negated();
        } catch (WaitSuspended e) {
            task.resumption().setCount(done);
            throw e;
        }
        return done;
    }

    @Syscall(nr = 210, name = "io_cancel")
    long ioCancel(Task task, long contextAddr, long iocbAddr, long resultAddr) {
        if (task.user().readInt(iocbAddr + Iocb.KEY_AT) != 0) {
            throw Errno.EINVAL.exception();
        }
        AioContext context = AioTable.of(task.sandbox()).require(task, contextAddr);
        if (!context.cancel(iocbAddr)) {
            throw Errno.EINVAL.exception();
        }
        // The event is in the ring: it is not given here any more since Linux 3.11.
        return Errno.EINPROGRESS.negated();
    }

    @Syscall(nr = 208, name = "io_getevents")
    long ioGetevents(
            Task task, long contextAddr, long least, long most, long eventsAddr, long timeoutAddr) {
        long deadlineNs = deadline(task, timeoutAddr);
        return await(task, contextAddr, least, most, eventsAddr, deadlineNs);
    }

    @Syscall(nr = 333, name = "io_pgetevents")
    long ioPgetevents(
            Task task,
            long contextAddr,
            long least,
            long most,
            long eventsAddr,
            long timeoutAddr,
            long maskArgumentAddr) {
        long deadlineNs = deadline(task, timeoutAddr);
        if (maskArgumentAddr != 0) {
            byte[] argument = task.user().copyIn(maskArgumentAddr, SIGSET_ARGUMENT_BYTES);
            java.nio.ByteBuffer words =
                    java.nio.ByteBuffer.wrap(argument).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            long maskAddr = words.getLong();
            if (maskAddr != 0) {
                if (words.getLong() != Signals.SIGSET_SIZE) {
                    throw Errno.EINVAL.exception();
                }
                task.signals().setTemporaryMask(task.user().readLong(maskAddr));
            }
        }
        return await(task, contextAddr, least, most, eventsAddr, deadlineNs);
    }

    private static long deadline(Task task, long timeoutAddr) {
        if (timeoutAddr == 0) {
            return Blocker.FOREVER;
        }
        Timespec time =
                new Timespec(
                        task.user().readLong(timeoutAddr), task.user().readLong(timeoutAddr + 8));
        return task.resumption().deadlineAfter(task, time.isValid() ? time.toNanos() : 0);
    }

    private static long await(
            Task task, long contextAddr, long least, long most, long eventsAddr, long deadlineNs) {
        AioContext context = AioTable.of(task.sandbox()).require(task, contextAddr);
        if (least > most || least < 0) {
            throw Errno.EINVAL.exception();
        }
        int wanted = (int) Math.min(most, context.ring().slots());
        long given = task.resumption().isResumed() ? task.resumption().count() : 0;
        try {
            given += give(task, context, eventsAddr, wanted, given);
            while (given < least) {
                Blocker.Outcome outcome =
                        task.blocker()
                                .block(
                                        context.events(),
                                        () -> context.waiting() > 0 || context.isEnded(),
                                        deadlineNs);
                if (outcome == Blocker.Outcome.INTERRUPTED && given == 0) {
                    return Errno.EINTR.negated();
                }
                if (outcome != Blocker.Outcome.READY) {
                    break;
                }
                if (context.isEnded()) {
                    return given > 0 ? given : Errno.EINVAL.negated();
                }
                given += give(task, context, eventsAddr, wanted, given);
            }
        } catch (WaitSuspended e) {
            task.resumption().setCount(given);
            throw e;
        }
        return given;
    }

    /** What fits behind {@code given} events; a bad address counts once some were given. */
    private static int give(
            Task task, AioContext context, long eventsAddr, int wanted, long given) {
        try {
            int room = (int) Math.max(0, wanted - given);
            return context.give(task, eventsAddr + given * AioEvent.BYTES, room);
        } catch (ErrnoException e) {
            if (given == 0) {
                throw e;
            }
            return 0;
        }
    }
}
