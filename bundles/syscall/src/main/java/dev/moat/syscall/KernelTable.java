package dev.moat.syscall;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.syscall.SyscallProvider;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Composes the table from providers that come and go. Thread safe; readers take {@link #snapshot},
 * which costs one volatile load, and finish the calls they began on it.
 */
final class KernelTable {
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Providers in order of arrival with their calls. Guarded by {@link #lock}. */
    private final Map<SyscallProvider, List<BoundCall>> providers = new LinkedHashMap<>();

    /** Volatile: replaced as a whole under the lock, read without it by every system call. */
    private volatile TableSnapshot snapshot = TableSnapshot.EMPTY;

    TableSnapshot snapshot() {
        return snapshot;
    }

    /**
     * Adds the calls of {@code provider}; all of them or, if it throws, none.
     *
     * @throws IllegalStateException a call is served already (both places are named), or a method
     *     is no system call
     */
    void add(SyscallProvider provider) {
        List<BoundCall> calls = CallBinder.bind(provider);
        lock.lock();
        try {
            Map<Integer, BoundCall> byNumber = composeLocked();
            for (BoundCall call : calls) {
                BoundCall earlier = byNumber.putIfAbsent(call.entry().number(), call);
                if (earlier != null) {
                    throw duplicate(earlier, call);
                }
            }
            providers.put(provider, calls);
            snapshot = new TableSnapshot(byNumber.values());
        } finally {
            lock.unlock();
        }
    }

    /** Takes the calls of {@code provider} away; unknown providers are ignored. */
    void remove(SyscallProvider provider) {
        lock.lock();
        try {
            if (providers.remove(provider) != null) {
                snapshot = new TableSnapshot(composeLocked().values());
            }
        } finally {
            lock.unlock();
        }
    }

    private Map<Integer, BoundCall> composeLocked() {
        Map<Integer, BoundCall> byNumber = new LinkedHashMap<>();
        for (List<BoundCall> calls : providers.values()) {
            for (BoundCall call : calls) {
                byNumber.put(call.entry().number(), call);
            }
        }
        return byNumber;
    }

    private static IllegalStateException duplicate(BoundCall earlier, BoundCall later) {
        return new IllegalStateException(
                "system call "
                        + later.entry().number()
                        + " ("
                        + later.entry().name()
                        + ") is served twice: by "
                        + earlier.where()
                        + " of "
                        + earlier.entry().subsystem()
                        + " and by "
                        + later.where()
                        + " of "
                        + later.entry().subsystem());
    }
}
