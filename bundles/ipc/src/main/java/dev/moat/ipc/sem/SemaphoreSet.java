package dev.moat.ipc.sem;

import static dev.moat.abi.IpcConstants.IPC_NOWAIT;
import static dev.moat.abi.IpcConstants.SEMVMX;
import static dev.moat.abi.IpcConstants.SEM_UNDO;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcPerm;
import dev.moat.abi.Sembuf;
import dev.moat.abi.SemidDs;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.ipc.object.IpcObject;
import java.util.ArrayList;
import java.util.List;

/** A set of semaphores, and the operations that wait for them in order of their coming. */
@Stateful
public final class SemaphoreSet extends IpcObject {
    /** SEMAEM, include/uapi/linux/sem.h: largest adjustment. */
    private static final int MAX_ADJUSTMENT = SEMVMX;

    private static final int WOULD_BLOCK = 1;
    private static final long SECOND_NS = 1_000_000_000L;

    private final SemaphoreSets all;
    private final Clock clock;

    /** Guarded by the object's lock, as all below. */
    private final int[] values;

    /** Who operated last. */
    private final int[] tgids;

    private final List<PendingOperation> pending = new ArrayList<>();
    private final List<Undo> undos = new ArrayList<>();
    private long operationTime;

    SemaphoreSet(SemaphoreSets all, Task creator, int key, int flags, int count) {
        super(creator, key, flags);
        this.all = all;
        this.clock = creator.sandbox().clock();
        this.values = new int[count];
        this.tgids = new int[count];
        growAnyway(count * 2L * Integer.BYTES);
    }

    public int count() {
        return values.length;
    }

    boolean isGone() {
        lock.lock();
        try {
            return isRemovedLocked();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Does the operations, all or none, or puts them in the queue.
     *
     * @param wanted permission
     * @return done, or waiting; {@link #leave} takes it back
     * @throws dev.moat.abi.ErrnoException EFBIG, EACCES, EIDRM, ENOSPC; EAGAIN and ERANGE are
     *     results
     */
    public PendingOperation operate(Task task, List<Sembuf> operations, int wanted) {
        boolean undoing = false;
        int highest = 0;
        for (Sembuf each : operations) {
            highest = Math.max(highest, each.number());
            undoing |= (each.flags() & SEM_UNDO) != 0;
        }
        if (highest >= values.length) {
            throw Errno.EFBIG.exception();
        }
        checkAccess(task, wanted);
        Undo undo = undoing ? UndoList.of(task).in(this) : null;
        var operation = new PendingOperation(operations, task.tgid(), undo);
        List<PendingOperation> woken = List.of();
        lock.lock();
        try {
            checkAliveLocked();
            int result = tryLocked(operation);
            if (result == WOULD_BLOCK) {
                pending.add(operation);
                return operation;
            }
            operation.finish(result);
            if (result == 0) {
                operationTime = nowSeconds();
                woken = operation.alters() ? updateLocked() : List.of();
            }
        } finally {
            lock.unlock();
        }
        woken.forEach(PendingOperation::wake);
        return operation;
    }

    /** Takes an operation out of the queue, unless it is done. */
    public void leave(PendingOperation operation) {
        lock.lock();
        try {
            pending.remove(operation);
        } finally {
            lock.unlock();
        }
    }

    /** perform_atomic_semop(): 0, {@link #WOULD_BLOCK} or a negated errno. */
    private int tryLocked(PendingOperation operation) {
        List<Sembuf> steps = operation.operations();
        for (int i = 0; i < steps.size(); i++) {
            int failed = stepLocked(operation, steps.get(i));
            if (failed != 0) {
                takeBackLocked(operation, i);
                return failed;
            }
        }
        steps.forEach(step -> tgids[step.number()] = operation.tgid());
        return 0;
    }

    private int stepLocked(PendingOperation operation, Sembuf step) {
        int number = step.number();
        int value = values[number] + step.operation();
        if (value < 0 || step.operation() == 0 && value != 0) {
            operation.setBlockingLocked(step);
            return (step.flags() & IPC_NOWAIT) != 0 ? -Errno.EAGAIN.number() : WOULD_BLOCK;
        }
        if (value > SEMVMX) {
            return -Errno.ERANGE.number();
        }
        Undo undo = operation.undo();
        if (undo != null && (step.flags() & SEM_UNDO) != 0) {
            int adjustment = undo.getLocked(number) - step.operation();
            if (adjustment < -MAX_ADJUSTMENT - 1 || adjustment > MAX_ADJUSTMENT) {
                return -Errno.ERANGE.number();
            }
            undo.setLocked(number, adjustment);
        }
        values[number] = value;
        return 0;
    }

    private void takeBackLocked(PendingOperation operation, int steps) {
        for (int i = steps - 1; i >= 0; i--) {
            Sembuf step = operation.operations().get(i);
            Undo undo = operation.undo();
            values[step.number()] -= step.operation();
            if (undo != null && (step.flags() & SEM_UNDO) != 0) {
                undo.setLocked(step.number(), undo.getLocked(step.number()) + step.operation());
            }
        }
    }

    /** Does what has become possible; gives those to be woken. */
    private List<PendingOperation> updateLocked() {
        List<PendingOperation> finished = new ArrayList<>();
        int i = 0;
        while (i < pending.size()) {
            PendingOperation operation = pending.get(i);
            int result = tryLocked(operation);
            if (result == WOULD_BLOCK) {
                i++;
                continue;
            }
            pending.remove(i);
            operation.finish(result);
            finished.add(operation);
            if (result == 0) {
                operationTime = nowSeconds();
                if (operation.alters()) {
                    i = 0;
                }
            }
        }
        return finished;
    }

    private long nowSeconds() {
        return clock.realtimeNs() / SECOND_NS;
    }

    /** What one semaphore tells: GETVAL, GETPID, GETNCNT, GETZCNT. */
    public enum Fact {
        VALUE,
        LAST_TGID,
        WAITING_FOR_MORE,
        WAITING_FOR_ZERO
    }

    /**
     * @throws dev.moat.abi.ErrnoException EINVAL for a number out of range; EACCES, EIDRM
     */
    public int ask(Task task, int number, Fact fact) {
        lock.lock();
        try {
            checkAccessLocked(task, READ);
            checkAliveLocked();
            if (number < 0 || number >= values.length) {
                throw Errno.EINVAL.exception();
            }
            return switch (fact) {
                case VALUE -> values[number];
                case LAST_TGID -> tgids[number];
                case WAITING_FOR_MORE -> waitingLocked(number, false);
                case WAITING_FOR_ZERO -> waitingLocked(number, true);
            };
        } finally {
            lock.unlock();
        }
    }

    private int waitingLocked(int number, boolean forZero) {
        int count = 0;
        for (PendingOperation operation : pending) {
            Sembuf step = operation.blockingLocked();
            if (step != null && step.number() == number && (step.operation() == 0) == forZero) {
                count++;
            }
        }
        return count;
    }

    /** GETALL. */
    public int[] values(Task task) {
        lock.lock();
        try {
            checkAccessLocked(task, READ);
            checkAliveLocked();
            return values.clone();
        } finally {
            lock.unlock();
        }
    }

    /** SETALL; values are in range. */
    public void setValues(Task task, int[] wanted) {
        List<PendingOperation> woken;
        lock.lock();
        try {
            checkAliveLocked();
            for (int i = 0; i < values.length; i++) {
                setValueLocked(task, i, wanted[i]);
            }
            woken = updateLocked();
            touchLocked(task);
        } finally {
            lock.unlock();
        }
        woken.forEach(PendingOperation::wake);
    }

    /** SETVAL; the value is in range. */
    public void setValue(Task task, int number, int value) {
        List<PendingOperation> woken;
        lock.lock();
        try {
            if (number < 0 || number >= values.length) {
                throw Errno.EINVAL.exception();
            }
            checkAccessLocked(task, WRITE);
            checkAliveLocked();
            setValueLocked(task, number, value);
            touchLocked(task);
            woken = updateLocked();
        } finally {
            lock.unlock();
        }
        woken.forEach(PendingOperation::wake);
    }

    /** What was to be undone there is forgotten. */
    private void setValueLocked(Task task, int number, int value) {
        values[number] = value;
        tgids[number] = task.tgid();
        undos.forEach(undo -> undo.setLocked(number, 0));
    }

    /** IPC_SET. */
    public void set(Task task, IpcPerm wanted) {
        lock.lock();
        try {
            checkAliveLocked();
            setLocked(task, wanted);
        } finally {
            lock.unlock();
        }
    }

    /** IPC_RMID: who waits gets EIDRM. */
    public void remove() {
        List<PendingOperation> woken;
        lock.lock();
        try {
            checkAliveLocked();
            setRemovedLocked();
            woken = List.copyOf(pending);
            pending.clear();
            woken.forEach(operation -> operation.finish(-Errno.EIDRM.number()));
            all.forget(this, undos.size());
            undos.clear();
        } finally {
            lock.unlock();
        }
        all.table().remove(this);
        woken.forEach(PendingOperation::wake);
    }

    /** IPC_STAT. */
    public SemidDs status() {
        lock.lock();
        try {
            checkAliveLocked();
            return new SemidDs(
                    permissionsLocked(), operationTime, changeTimeLocked(), values.length);
        } finally {
            lock.unlock();
        }
    }

    Undo newUndo() {
        lock.lock();
        try {
            checkAliveLocked();
            all.chargeUndo(values.length);
            if (!HeapCharge.tryGrow(heap(), undoBytes())) {
                all.unchargeUndo(values.length);
                throw Errno.ENOMEM.exception();
            }
            var undo = new Undo(this);
            undos.add(undo);
            return undo;
        } finally {
            lock.unlock();
        }
    }

    private void forgetUndoLocked(Undo undo) {
        if (undos.remove(undo)) {
            all.unchargeUndo(values.length);
            HeapCharge.shrink(heap(), undoBytes());
        }
    }

    private long undoBytes() {
        return 128 + (long) values.length * Integer.BYTES;
    }

    /** Gives back what the tasks of an undo list have taken: exit_sem(). */
    void undo(Undo undo, int tgid) {
        List<PendingOperation> woken;
        lock.lock();
        try {
            if (isRemovedLocked()) {
                return;
            }
            for (int i = 0; i < values.length; i++) {
                int adjustment = undo.getLocked(i);
                if (adjustment != 0) {
                    values[i] = Math.clamp((long) values[i] + adjustment, 0, SEMVMX);
                    tgids[i] = tgid;
                }
            }
            forgetUndoLocked(undo);
            operationTime = nowSeconds();
            woken = updateLocked();
        } finally {
            lock.unlock();
        }
        woken.forEach(PendingOperation::wake);
    }
}
