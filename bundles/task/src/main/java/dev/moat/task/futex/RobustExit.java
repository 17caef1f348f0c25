package dev.moat.task.futex;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.FutexOps;
import dev.moat.abi.RobustListHead;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** Marks the robust futexes that an ending task holds: kernel/futex/core.c exit_robust_list. */
final class RobustExit {
    /** Bit 0 of an entry: it is a priority-inheritance futex. */
    private static final long PI_BIT = 1;

    private final FutexTable table;
    private final Task task;
    private final MemoryManager memory;

    RobustExit(FutexTable table, Task task, MemoryManager memory) {
        this.table = table;
        this.task = task;
        this.memory = memory;
    }

    void run(long headAddr) {
        if (headAddr == 0) {
            return;
        }
        try {
            walk(headAddr);
        } catch (ErrnoException e) {
            // A list that cannot be read ends there: the guest's own fault.
            return;
        }
    }

    private void walk(long headAddr) {
        UserMemory user = memory.user();
        MemorySegment bytes =
                MemorySegment.ofArray(user.copyIn(headAddr, (int) RobustListHead.SIZE));
        RobustListHead head = RobustListHead.readFrom(bytes, 0);
        long pending = head.pending() & ~PI_BIT;
        long entry = head.first();
        for (int i = 0; i < FutexOps.ROBUST_LIST_LIMIT && (entry & ~PI_BIT) != headAddr; i++) {
            long address = entry & ~PI_BIT;
            long next = user.readLong(address);
            if (address != pending) {
                ownerDied(address + head.futexOffset(), (entry & PI_BIT) != 0, false);
            }
            entry = next;
        }
        if (pending != 0) {
            ownerDied(pending + head.futexOffset(), (head.pending() & PI_BIT) != 0, true);
        }
    }

    private void ownerDied(long userAddr, boolean pi, boolean pendingOperation) {
        if ((userAddr & 3) != 0) {
            return;
        }
        UserMemory user = memory.user();
        while (true) {
            int word = user.readIntVolatile(userAddr);
            if (pendingOperation && !pi && word == 0) {
                wakeOne(user, userAddr);
                return;
            }
            if ((word & FutexOps.FUTEX_TID_MASK) != task.pids().seen(task.tid())) {
                return;
            }
            int marked = word & FutexOps.FUTEX_WAITERS | FutexOps.FUTEX_OWNER_DIED;
            if (user.compareAndExchangeInt(userAddr, word, marked) == word) {
                if (!pi && (word & FutexOps.FUTEX_WAITERS) != 0) {
                    wakeOne(user, userAddr);
                }
                return;
            }
        }
    }

    private void wakeOne(UserMemory user, long userAddr) {
        FutexKey key = FutexKey.of(user, memory.id(), userAddr, FutexKey.Scope.SHARED);
        table.wake(key, 1, FutexOps.FUTEX_BITSET_MATCH_ANY);
        // Linux wakes by the shared key alone; glibc waits privately on robust mutexes of one
        // process all
        // the same, and a second wake-up there is harmless.
        FutexKey own = FutexKey.of(user, memory.id(), userAddr, FutexKey.Scope.PRIVATE);
        table.wake(own, 1, FutexOps.FUTEX_BITSET_MATCH_ANY);
    }
}
