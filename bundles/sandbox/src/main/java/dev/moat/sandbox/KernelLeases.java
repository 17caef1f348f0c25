package dev.moat.sandbox;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The leases of one sandbox. */
@Stateful
final class KernelLeases implements Leases, AutoCloseable {
    private static final long NS_PER_MS = 1_000_000;
    private static final String PLATFORM = "platform:";

    /** What serves operators, not sandboxes. */
    private static final Set<String> UNUSED = Set.of("shell", "swap", "load");

    /** A revision may go between being looked up and being leased. */
    private static final int ATTEMPTS = 5;

    @HostBound("of this kernel host")
    private Revisions revisions;

    @HostBound("the name that the sandbox has here")
    private String holder;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Volatile: exchanged as a whole under the lock, read without it. */
    @HostBound("of this kernel host's bundles")
    private volatile Held held = new Held(Map.of(), Set.of());

    /** Guarded by the lock. */
    @HostBound("not any more")
    private boolean closed;

    /** Uses by subsystem, and the ids of their revisions. */
    private record Held(Map<String, Use> uses, Set<Long> ids) {
        static Held of(Map<String, Use> uses) {
            return new Held(
                    Collections.unmodifiableMap(uses),
                    uses.values().stream()
                            .map(use -> use.revision().id())
                            .collect(Collectors.toUnmodifiableSet()));
        }

        Set<Revision> revisions() {
            return uses.values().stream().map(Use::revision).collect(Collectors.toSet());
        }
    }

    private KernelLeases(Revisions revisions, String holder) {
        this.revisions = revisions;
        this.holder = holder;
    }

    /** Takes the newest revision that is offered of every subsystem. */
    static KernelLeases open(Revisions revisions, String holder) {
        var leases = new KernelLeases(revisions, holder);
        leases.takeAll();
        return leases;
    }

    /** As {@link #open}, for a sandbox that was read from a checkpoint. */
    void openAgain(Revisions here, String newHolder) {
        revisions = here;
        holder = newHolder;
        held = new Held(Map.of(), Set.of());
        takeAll();
    }

    private void takeAll() {
        for (int attempt = 1; ; attempt++) {
            try {
                serve(revisions.offered(), Predicate.not(UNUSED::contains));
                return;
            } catch (SwapException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public boolean holds(long revision) {
        return held.ids().contains(revision);
    }

    @Override
    public Map<String, Use> uses() {
        return held.uses();
    }

    @Override
    public boolean take(long id) {
        for (Revision revision : revisions.offered()) {
            if (revision.id() == id) {
                try {
                    return takeFree(revision);
                } catch (SwapException e) {
                    return false;
                }
            }
        }
        return false;
    }

    @Override
    public void exchange(List<Revision> now) {
        Map<String, Use> before = held.uses();
        serve(
                now,
                subsystem ->
                        !UNUSED.contains(subsystem)
                                && (!subsystem.startsWith(PLATFORM)
                                        || before.containsKey(subsystem)));
    }

    @Override
    public void restore(Map<String, Use> before) {
        lock.lock();
        try {
            replaceLocked(Held.of(before));
        } finally {
            lock.unlock();
        }
    }

    private void serve(List<Revision> now, Predicate<String> wanted) {
        lock.lock();
        try {
            Map<String, Use> uses = new TreeMap<>(held.uses());
            for (Revision revision : now) {
                var use = new Use(revision, System.currentTimeMillis() * NS_PER_MS);
                revision.subsystems().stream()
                        .filter(wanted)
                        .forEach(subsystem -> uses.put(subsystem, use));
            }
            replaceLocked(Held.of(uses));
        } finally {
            lock.unlock();
        }
    }

    /** Gives back the leases on all other platforms. */
    void keepPlatform(String name) {
        lock.lock();
        try {
            Map<String, Use> uses = new TreeMap<>(held.uses());
            uses.keySet()
                    .removeIf(subsystem ->
                            subsystem.startsWith(PLATFORM) && !subsystem.equals(PLATFORM + name));
            replaceLocked(Held.of(uses));
        } finally {
            lock.unlock();
        }
    }

    /** Gives everything back: the sandbox is down. Harmless when repeated. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            held.revisions().forEach(revision -> revisions.release(revision, holder));
            held = new Held(Map.of(), Set.of());
        } finally {
            lock.unlock();
        }
    }

    private boolean takeFree(Revision revision) {
        lock.lock();
        try {
            Map<String, Use> uses = new TreeMap<>(held.uses());
            var use = new Use(revision, System.currentTimeMillis() * NS_PER_MS);
            revision.subsystems().forEach(subsystem -> uses.putIfAbsent(subsystem, use));
            replaceLocked(Held.of(uses));
            return holds(revision.id());
        } finally {
            lock.unlock();
        }
    }

    private void replaceLocked(Held next) {
        if (closed) {
            throw new SwapException("sandbox '" + holder + "' has ended");
        }
        Set<Revision> before = held.revisions();
        Set<Revision> added = new HashSet<>(next.revisions());
        added.removeAll(before);
        List<Revision> taken = new ArrayList<>();
        try {
            for (Revision revision : added) {
                revisions.lease(revision, holder);
                taken.add(revision);
            }
        } catch (SwapException e) {
            taken.forEach(revision -> revisions.release(revision, holder));
            throw e;
        }
        held = next;
        Set<Revision> dropped = new HashSet<>(before);
        dropped.removeAll(next.revisions());
        dropped.forEach(revision -> revisions.release(revision, holder));
    }
}
