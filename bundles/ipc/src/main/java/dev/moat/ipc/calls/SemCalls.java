package dev.moat.ipc.calls;

import static dev.moat.abi.IpcConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.Sembuf;
import dev.moat.abi.SemidDs;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.object.IpcObject;
import dev.moat.ipc.sem.PendingOperation;
import dev.moat.ipc.sem.SemaphoreSet;
import dev.moat.ipc.sem.SemaphoreSet.Fact;
import dev.moat.ipc.sem.SemaphoreSets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** {@code semget(2)}, {@code semop(2)}, {@code semctl(2)}: ipc/sem.c. */
final class SemCalls {
    /** struct seminfo: include/uapi/linux/sem.h. */
    private static final long INFO_BYTES = 10 * 4;

    /** SEMUSZ: size of struct sem_undo in Linux. */
    private static final int UNDO_BYTES = 20;

    @Syscall(nr = 64, name = "semget")
    long semget(Task task, int key, int count, int flags) {
        return sets(task).get(task, key, count, flags);
    }

    @Syscall(nr = 65, name = "semop")
    long semop(Task task, int id, long operationsAddr, long count) {
        return operate(task, id, operationsAddr, count, 0);
    }

    @Syscall(nr = 220, name = "semtimedop")
    long semtimedop(Task task, int id, long operationsAddr, long count, long timeoutAddr) {
        return operate(task, id, operationsAddr, count, timeoutAddr);
    }

    private static long operate(
            Task task, int id, long operationsAddr, long count, long timeoutAddr) {
        int operations = (int) count;
        SemaphoreSets all = sets(task);
        Timespec timeout = timeoutAddr == 0 ? null : Structs.rawTime(task, timeoutAddr);
        Waiting waiting = task.resumption().take(Waiting.class);
        if (waiting == null) {
            if (Integer.compareUnsigned(operations, all.limits().operations()) > 0) {
                throw Errno.E2BIG.exception();
            }
            if (operations < 1) {
                throw Errno.EINVAL.exception();
            }
            List<Sembuf> steps = read(task, operationsAddr, operations);
            if (id < 0 || timeout != null && !timeout.isValid()) {
                throw Errno.EINVAL.exception();
            }
            boolean alters = steps.stream().anyMatch(step -> step.operation() != 0);
            SemaphoreSet set = all.table().find(id);
            int wanted = alters ? IpcObject.WRITE : IpcObject.READ;
            waiting = new Waiting(set, set.operate(task, steps, wanted));
        }
        return await(task, waiting, timeout == null ? Blocker.FOREVER : timeout.toNanos());
    }

    private static List<Sembuf> read(Task task, long userAddr, int count) {
        MemorySegment array = Structs.copyIn(task, userAddr, count * Sembuf.SIZE);
        List<Sembuf> steps = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            steps.add(Sembuf.readFrom(array, i * Sembuf.SIZE));
        }
        return steps;
    }

    /** An operation in the queue of its set. */
    private record Waiting(SemaphoreSet set, PendingOperation operation) {}

    private static long await(Task task, Waiting waiting, long timeoutNs) {
        PendingOperation operation = waiting.operation();
        if (operation.isDone()) {
            return operation.result();
        }
        long deadlineNs = task.resumption().deadlineAfter(task, timeoutNs);
        Blocker.Outcome outcome;
        try {
            outcome = task.blocker().block(operation.queue(), operation::isDone, deadlineNs);
        } catch (WaitSuspended e) {
            task.resumption().keep(waiting);
            throw e;
        }
        waiting.set().leave(operation);
        if (operation.isDone()) {
            return operation.result();
        }
        return outcome == Blocker.Outcome.TIMED_OUT
                ? Errno.EAGAIN.negated()
                : Errno.EINTR.negated();
    }

    @Syscall(nr = 66, name = "semctl")
    long semctl(Task task, int id, int number, int command, long argument) {
        if (id < 0) {
            throw Errno.EINVAL.exception();
        }
        SemaphoreSets all = sets(task);
        return switch (command) {
            case IPC_INFO, SEM_INFO -> info(task, all, command, argument);
            case IPC_STAT -> {
                SemaphoreSet set = all.table().find(id);
                set.checkAccess(task, IpcObject.READ);
                tell(task, set.status(), argument);
                yield 0;
            }
            case SEM_STAT, SEM_STAT_ANY -> {
                SemaphoreSet set = all.table().at(id);
                if (command == SEM_STAT) {
                    set.checkAccess(task, IpcObject.READ);
                }
                tell(task, set.status(), argument);
                yield set.id();
            }
            case GETVAL -> all.table().find(id).ask(task, number, Fact.VALUE);
            case GETPID -> all.table().find(id).ask(task, number, Fact.LAST_TGID);
            case GETNCNT -> all.table().find(id).ask(task, number, Fact.WAITING_FOR_MORE);
            case GETZCNT -> all.table().find(id).ask(task, number, Fact.WAITING_FOR_ZERO);
            case GETALL -> {
                writeAll(task, all.table().find(id).values(task), argument);
                yield 0;
            }
            case SETALL -> {
                SemaphoreSet set = all.table().find(id);
                set.checkAccess(task, IpcObject.WRITE);
                set.setValues(task, readAll(task, set.count(), argument));
                yield 0;
            }
            case SETVAL -> {
                int value = (int) argument;
                if (value < 0 || value > SEMVMX) {
                    throw Errno.ERANGE.exception();
                }
                all.table().find(id).setValue(task, number, value);
                yield 0;
            }
            case IPC_SET -> {
                SemidDs wanted = SemidDs.readFrom(Structs.copyIn(task, argument, SemidDs.SIZE), 0);
                SemaphoreSet set = all.table().find(id);
                set.checkOwner(task);
                set.set(task, wanted.permissions());
                yield 0;
            }
            case IPC_RMID -> {
                SemaphoreSet set = all.table().find(id);
                set.checkOwner(task);
                set.remove();
                yield 0;
            }
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static void tell(Task task, SemidDs status, long userAddr) {
        MemorySegment struct = Structs.allocate(SemidDs.SIZE);
        status.writeTo(struct, 0);
        Structs.copyOut(task, userAddr, struct);
    }

    private static void writeAll(Task task, int[] values, long userAddr) {
        MemorySegment array = Structs.allocate(2L * values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) values[i]);
        }
        Structs.copyOut(task, userAddr, array);
    }

    private static int[] readAll(Task task, int count, long userAddr) {
        MemorySegment array = Structs.copyIn(task, userAddr, 2L * count);
        int[] values = new int[count];
        for (int i = 0; i < count; i++) {
            values[i] = Short.toUnsignedInt(array.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
            if (values[i] > SEMVMX) {
                throw Errno.ERANGE.exception();
            }
        }
        return values;
    }

    private static long info(Task task, SemaphoreSets all, int command, long userAddr) {
        SemaphoreSets.Limits limits = all.limits();
        boolean usage = command == SEM_INFO;
        int[] fields = {
            limits.inAll(),
            limits.sets(),
            limits.inAll(),
            limits.inAll(),
            limits.inSet(),
            limits.operations(),
            SEMOPM,
            usage ? all.table().size() : UNDO_BYTES,
            SEMVMX,
            usage ? all.semaphores() : SEMVMX
        };
        MemorySegment struct = Structs.allocate(INFO_BYTES);
        for (int i = 0; i < fields.length; i++) {
            struct.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, fields[i]);
        }
        Structs.copyOut(task, userAddr, struct);
        return all.table().highestIndex();
    }

    private static SemaphoreSets sets(Task task) {
        return IpcNamespace.of(task).semaphores();
    }
}
