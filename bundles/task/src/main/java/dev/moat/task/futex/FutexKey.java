package dev.moat.task.futex;

import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.UserMemory;

/**
 * Which futex: FUTEX_PRIVATE_FLAG names it by address space and address, otherwise by the memory
 * behind the address. The two kinds never meet, as in Linux.
 */
public record FutexKey(long owner, long offset, boolean shared) {
    /** Whether the futex is used by one process only. */
    public enum Scope {
        PRIVATE,
        SHARED
    }

    /** The key of {@code userAddr}; EFAULT if it is shared and there is no memory. */
    static FutexKey of(UserMemory user, long memoryId, long userAddr, Scope scope) {
        if (scope == Scope.PRIVATE) {
            return new FutexKey(memoryId, userAddr, false);
        }
        MemoryKey key = user.keyOf(userAddr);
        return new FutexKey(key.owner(), key.offset(), true);
    }
}
