package dev.moat.aio;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The contexts of a sandbox, by address space and address, and how many requests they may have. */
@Stateful
final class AioTable implements AutoCloseable {
    private static final String PART = "aio.table";

    /** fs.aio-max-nr. */
    private static final long DEFAULT_MOST = 65536;

    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by the lock, as all below. */
    private final Map<Key, AioContext> contexts = new HashMap<>();

    private long most = DEFAULT_MOST;
    private long count;

    private record Key(long memory, long userAddr) {}

    static AioTable of(Sandbox sandbox) {
        return (AioTable) sandbox.part(PART, AioTable::new);
    }

    /** Counts requests of a context that is to be: EAGAIN beyond aio-max-nr. */
    void reserve(long requests) {
        lock.lock();
        try {
            if (requests > most - count) {
                throw Errno.EAGAIN.exception();
            }
            count += requests;
        } finally {
            lock.unlock();
        }
    }

    void giveBack(long requests) {
        lock.lock();
        try {
            count -= requests;
        } finally {
            lock.unlock();
        }
    }

    void add(AioContext context) {
        lock.lock();
        try {
            contexts.put(new Key(context.memoryId(), context.userAddr()), context);
        } finally {
            lock.unlock();
        }
    }

    /** EINVAL: there is none at that address. */
    AioContext require(Task task, long userAddr) {
        lock.lock();
        try {
            AioContext context = contexts.get(new Key(task.memory().id(), userAddr));
            if (context == null) {
                throw Errno.EINVAL.exception();
            }
            return context;
        } finally {
            lock.unlock();
        }
    }

    /** Ends a context, once. EINVAL: it has ended. */
    void remove(AioContext context) {
        boolean removed;
        lock.lock();
        try {
            removed = contexts.remove(new Key(context.memoryId(), context.userAddr()), context);
            count -= removed ? context.requests() : 0;
        } finally {
            lock.unlock();
        }
        if (removed) {
            context.end();
        }
    }

    /** The sandbox ends. */
    @Override
    public void close() {
        List<AioContext> all;
        lock.lock();
        try {
            all = List.copyOf(contexts.values());
            contexts.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(AioContext::end);
    }

    long most() {
        lock.lock();
        try {
            return most;
        } finally {
            lock.unlock();
        }
    }

    void setMost(long value) {
        lock.lock();
        try {
            most = value;
        } finally {
            lock.unlock();
        }
    }

    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }
}
