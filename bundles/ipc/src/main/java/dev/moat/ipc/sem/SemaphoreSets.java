package dev.moat.ipc.sem;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.ipc.object.GetRequest;
import dev.moat.ipc.object.IpcTable;
import java.util.concurrent.atomic.AtomicInteger;

/** The semaphore sets of a namespace and their limits: {@code kernel.sem}. Thread safe. */
@Stateful
public final class SemaphoreSets {
    /**
     * What the sum of all semaphores may be set to: they lie in the memory of the kernel host.
     * Linux' own default is so large that it limits nothing.
     */
    public static final int MOST_SEMAPHORES = 1_024_000;

    /** As above, for what is to be undone. */
    private static final int MOST_ADJUSTMENTS = 4 * MOST_SEMAPHORES;

    private final IpcTable<SemaphoreSet> table = new IpcTable<>();
    private final AtomicInteger semaphores = new AtomicInteger();
    private final AtomicInteger adjustments = new AtomicInteger();

    /** Replaced as a whole through /proc. */
    private volatile Limits limits =
            new Limits(
                    IpcConstants.SEMMSL, MOST_SEMAPHORES, IpcConstants.SEMOPM, IpcConstants.SEMMNI);

    /** SEMMSL, SEMMNS, SEMOPM, SEMMNI: proc_sys_kernel(5). */
    public record Limits(int inSet, int inAll, int operations, int sets) {}

    public IpcTable<SemaphoreSet> table() {
        return table;
    }

    public Limits limits() {
        return limits;
    }

    public void setLimits(Limits wanted) {
        limits = wanted;
    }

    /** Semaphores of all sets. */
    public int semaphores() {
        return semaphores.get();
    }

    /** semget(2): the id. */
    public int get(Task task, int key, int count, int flags) {
        if (count < 0 || count > limits.inSet()) {
            throw Errno.EINVAL.exception();
        }
        return table.get(
                task, key, flags, limits.sets(), new Request(this, task, key, count, flags));
    }

    /** The namespace has ended. */
    public void close() {
        table.collectAll().forEach(SemaphoreSet::remove);
    }

    /** A set is gone, and what was to be undone in it; with the set's lock. */
    void forget(SemaphoreSet set, int undos) {
        semaphores.addAndGet(-set.count());
        unchargeUndo(undos * set.count());
    }

    void chargeUndo(int count) {
        if (adjustments.addAndGet(count) > MOST_ADJUSTMENTS) {
            adjustments.addAndGet(-count);
            throw Errno.ENOSPC.exception();
        }
    }

    void unchargeUndo(int count) {
        adjustments.addAndGet(-count);
    }

    private record Request(SemaphoreSets all, Task task, int key, int count, int flags)
            implements GetRequest<SemaphoreSet> {
        @Override
        public void checkKnown(SemaphoreSet known) {
            if (count > known.count()) {
                throw Errno.EINVAL.exception();
            }
        }

        @Override
        public void checkNew() {
            if (count == 0) {
                throw Errno.EINVAL.exception();
            }
            if ((long) all.semaphores() + count > all.limits().inAll()) {
                throw Errno.ENOSPC.exception();
            }
        }

        @Override
        public SemaphoreSet make() {
            SemaphoreSet made = new SemaphoreSet(all, task, key, flags, count);
            all.semaphores.addAndGet(count);
            return made;
        }
    }
}
