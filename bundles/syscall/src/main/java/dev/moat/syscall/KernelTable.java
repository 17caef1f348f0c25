package dev.moat.syscall;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Derived;
import dev.moat.api.syscall.SyscallProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * The providers of system calls, which come and go, and the dispatchers that follow them. Thread
 * safe. A dispatcher's table is composed here when something changes, never on the way of a call.
 */
final class KernelTable {
    private static final String REGISTRATIONS = "what bundles offer is no state";

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Guarded by {@link #lock}. */
    @Derived(REGISTRATIONS)
    private final List<Provided> providers = new ArrayList<>();

    /**
     * Providers that are gone but serve sandboxes to their end: their code is not pulled from under
     * a program. Guarded by {@link #lock}.
     */
    @Derived(REGISTRATIONS)
    private final List<Provided> departed = new ArrayList<>();

    /** Guarded by {@link #lock}. */
    @Derived("they register themselves")
    private final List<SandboxDispatcher> dispatchers = new ArrayList<>();

    /** What a new sandbox would be served: the newest of everything. */
    TableSnapshot snapshot() {
        lock.lock();
        try {
            return Composition.of(providers).snapshot();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds the calls of {@code provider}.
     *
     * @param revision of its bundle
     * @param number rises with each registration
     * @return why its calls are not served as long as things are as they are: another subsystem
     *     serves one of them (both places are named)
     * @throws IllegalStateException a method is no system call; nothing is added
     */
    Optional<String> add(SyscallProvider provider, long revision, long number) {
        Provided added = new Provided(provider, revision, number, CallBinder.bind(provider));
        lock.lock();
        try {
            providers.add(added);
            refreshLocked();
            return Composition.of(providers).refusal(added);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the calls of {@code provider} away; sandboxes of its revision keep them. Unknown
     * providers are ignored.
     */
    void remove(SyscallProvider provider) {
        lock.lock();
        try {
            for (Provided provided : List.copyOf(providers)) {
                if (provided.provider() == provider) {
                    providers.remove(provided);
                    if (provided.revision() != Provided.EVERYWHERE) {
                        departed.add(provided);
                    }
                }
            }
            refreshLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the table of {@code dispatcher} up to date from now on. */
    void follow(SandboxDispatcher dispatcher) {
        lock.lock();
        try {
            dispatchers.add(dispatcher);
            serveLocked(dispatcher);
        } finally {
            lock.unlock();
        }
    }

    void forget(SandboxDispatcher dispatcher) {
        lock.lock();
        try {
            dispatchers.remove(dispatcher);
            dropUnusedLocked();
        } finally {
            lock.unlock();
        }
    }

    /** Composes the table of a dispatcher anew: what serves its sandbox has changed. */
    void refresh(SandboxDispatcher dispatcher) {
        lock.lock();
        try {
            serveLocked(dispatcher);
            dropUnusedLocked();
        } finally {
            lock.unlock();
        }
    }

    private void refreshLocked() {
        dropUnusedLocked();
        dispatchers.forEach(this::serveLocked);
    }

    private void serveLocked(SandboxDispatcher dispatcher) {
        dispatcher.serve(Composition.of(chosenLocked(dispatcher::isServedBy)).snapshot());
    }

    private void dropUnusedLocked() {
        departed.removeIf(provided ->
                dispatchers.stream()
                        .noneMatch(dispatcher -> dispatcher.isServedBy(provided.revision())));
    }

    private List<Provided> chosenLocked(LongPredicate served) {
        List<Provided> chosen = new ArrayList<>();
        for (List<Provided> list : List.of(departed, providers)) {
            for (Provided provided : list) {
                if (provided.revision() == Provided.EVERYWHERE
                        || served.test(provided.revision())) {
                    chosen.add(provided);
                }
            }
        }
        return chosen;
    }
}
