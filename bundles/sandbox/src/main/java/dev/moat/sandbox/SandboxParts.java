package dev.moat.sandbox;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What subsystems keep for a sandbox, by name. Thread safe. */
@Stateful
final class SandboxParts implements AutoCloseable {
    private final ConcurrentHashMap<String, AutoCloseable> parts = new ConcurrentHashMap<>();

    /** Of those who make a part. */
    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** In order of making, guarded by lock. */
    private final List<AutoCloseable> made = new ArrayList<>();

    AutoCloseable get(String name, Supplier<? extends AutoCloseable> maker) {
        AutoCloseable known = parts.get(name);
        return known != null ? known : make(name, maker);
    }

    private AutoCloseable make(String name, Supplier<? extends AutoCloseable> maker) {
        lock.lock();
        try {
            AutoCloseable known = parts.get(name);
            if (known == null) {
                known = maker.get();
                parts.put(name, known);
                made.add(known);
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /** Closes all, last made first; goes on when one fails. */
    @Override
    public void close() throws Exception {
        @Nullable Exception failure = null;
        lock.lock();
        try {
            for (AutoCloseable part : made.reversed()) {
                try {
                    part.close();
                } catch (Exception e) {
                    failure = e;
                }
            }
            made.clear();
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
