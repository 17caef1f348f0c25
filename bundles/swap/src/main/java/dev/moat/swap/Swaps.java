package dev.moat.swap;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService.Outcome;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The swaps of this kernel host: one at a time. */
final class Swaps implements AutoCloseable {
    /** For going back, which must succeed, and hurries less. */
    private static final Duration ROLLBACK_LIMIT = Duration.ofSeconds(2);

    private final Logger logger = LoggerFactory.getLogger(Swaps.class);
    private final Revisions revisions;
    private final SandboxManager sandboxes;
    private final SwapHistory history = new SwapHistory();
    private final DoneSwaps done = new DoneSwaps();
    private final Retirement retirement;
    private final Set<Probation> probations = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService later =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("moat-swap").factory());

    /** Held for the whole of a swap. */
    private final ReentrantLock lock = new ReentrantLock();

    Swaps(Revisions revisions, SandboxManager sandboxes) {
        this.revisions = revisions;
        this.sandboxes = sandboxes;
        this.retirement = new Retirement(revisions);
    }

    List<SwapRecord> swap(Request request) {
        lock.lock();
        try {
            List<Revision> installed = new ArrayList<>();
            try {
                install(request, installed);
            } catch (SwapException e) {
                installed.forEach(this::remove);
                String to =
                        String.join(",", request.parts().stream().map(Swaps::describe).toList());
                request.sandboxes().forEach(sandbox -> history.add(sandbox, refused(to, e)));
                throw e;
            }
            List<SwapRecord> records = swapTo(request, installed);
            sweep();
            return records;
        } finally {
            lock.unlock();
        }
    }

    List<SwapRecord> rollback(Sandbox sandbox) {
        lock.lock();
        try {
            Plan last =
                    done.last(sandbox)
                            .orElseThrow(() ->
                                    new SwapException(
                                            "nothing was swapped in sandbox '"
                                                    + sandbox.name()
                                                    + "'"));
            Plan back = new WayBack(revisions).of(last);
            SwapStep step = new SwapStep(revisions, List.of(back), ROLLBACK_LIMIT);
            run(step);
            done.undone(sandbox, last);
            settle(List.of(back));
            List<SwapRecord> records = record(step, Outcome.DONE, Optional.of("rolled back"));
            sweep();
            return records;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Moves tasks.
     *
     * @param platforms services with their properties
     */
    SwapRecord movePlatform(
            Sandbox sandbox,
            String name,
            List<Map.Entry<Map<String, Object>, Platform>> platforms,
            Duration limit) {
        lock.lock();
        try {
            String from = sandbox.platformName();
            long pauseNs = 0;
            try {
                PlatformMove move = new PlatformTargets(revisions, platforms).move(sandbox, name);
                move.run(limit);
                pauseNs = move.pauseNs();
            } catch (SwapException e) {
                history.add(sandbox, moved(from, name, 0, Outcome.REFUSED, e.getMessage()));
                throw e;
            }
            SwapRecord done = moved(from, name, pauseNs, Outcome.DONE, null);
            history.add(sandbox, done);
            return done;
        } finally {
            lock.unlock();
        }
    }

    List<SwapRecord> history(Sandbox sandbox) {
        return history.of(sandbox);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            later.shutdown();
            probations.forEach(Probation::expire);
        } finally {
            lock.unlock();
        }
    }

    private void install(Request request, List<Revision> installed) {
        for (Part part : request.parts()) {
            Revision revision = revisions.install(part.bundle());
            installed.add(revision);
            part.subsystem().ifPresent(name -> requireServed(request, name, revision));
            Plan.refuseFixed(revision);
            revisions.start(revision);
        }
    }

    private static void requireServed(Request request, String name, Revision revision) {
        if (revision.subsystems().contains(name)) {
            return;
        }
        for (Sandbox sandbox : request.sandboxes()) {
            if (!sandbox.leases().uses().containsKey(name)) {
                throw new SwapException(
                        "sandbox '"
                                + sandbox.name()
                                + "' has no subsystem '"
                                + name
                                + "'; it has "
                                + String.join(", ", sandbox.leases().uses().keySet()));
            }
        }
        throw new SwapException(
                revision + " serves " + String.join(", ", revision.subsystems()) + ", not " + name);
    }

    private List<SwapRecord> swapTo(Request request, List<Revision> installed) {
        List<Plan> plans =
                request.sandboxes().stream()
                        .map(sandbox -> Plan.of(sandbox, installed))
                        .filter(plan -> !plan.exchanges().isEmpty())
                        .toList();
        SwapStep step = new SwapStep(revisions, plans, request.safePointLimit());
        try {
            run(step);
        } catch (SwapException e) {
            installed.forEach(this::remove);
            throw e;
        }
        installed.forEach(revisions::offer);
        plans.forEach(plan -> done.add(plan));
        retireSuperseded();
        watch(plans, installed, request.probation());
        return record(step, Outcome.DONE, Optional.empty());
    }

    /** Runs a step and records it if it fails. */
    private void run(SwapStep step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            Outcome outcome = step.wasCommitted() ? Outcome.FAILED : Outcome.REFUSED;
            SwapException reason =
                    e instanceof SwapException known
                            ? known
                            : new SwapException("the swap failed: " + e, e);
            record(step, outcome, Optional.of(String.valueOf(reason.getMessage())));
            throw reason;
        }
    }

    /** A new revision crashed: takes its swap back in all sandboxes that still use it. */
    private void rollBack(Probation probation, String reason) {
        lock.lock();
        try {
            List<Plan> backs = new ArrayList<>();
            for (Plan plan : probation.plans()) {
                if (!plan.sandbox().exited().isDone() && done.isLast(plan)) {
                    backs.add(new WayBack(revisions).of(plan));
                }
            }
            SwapStep step = new SwapStep(revisions, backs, ROLLBACK_LIMIT);
            run(step);
            probation.plans().forEach(plan -> done.undone(plan.sandbox(), plan));
            settle(backs);
            record(step, Outcome.ROLLED_BACK, Optional.of(reason));
            logger.error("rolled back: {}", reason);
        } catch (SwapException e) {
            logger.error("cannot roll back after {}: {}", reason, e.getMessage(), e);
        } finally {
            probation.end();
            probations.remove(probation);
            lock.unlock();
        }
        sweep();
    }

    /** New sandboxes get what was gone back to, unless others still use the newer revision. */
    private void settle(List<Plan> backs) {
        for (Plan back : backs) {
            for (Exchange exchange : back.exchanges()) {
                exchange.from()
                        .filter(left -> revisions.holders(left).isEmpty())
                        .ifPresent(left -> {
                            retirement.add(left);
                            retirement.takeBack(exchange.to());
                        });
            }
        }
    }

    private void watch(List<Plan> plans, List<Revision> installed, Duration time) {
        if (time.isZero() || plans.isEmpty()) {
            return;
        }
        Map<Revision, ClassLoader> suspects = new LinkedHashMap<>();
        installed.forEach(revision -> suspects.put(revision, revisions.classLoader(revision)));
        var probation =
                new Probation(
                        plans,
                        suspects,
                        (failed, reason) -> later.execute(() -> rollBack(failed, reason)));
        probations.add(probation);
        probation.begin();
        later.schedule(
                () -> {
                    probation.expire();
                    probations.remove(probation);
                    sweep();
                },
                time.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** Revisions of which newer ones serve everything go when nobody uses them. */
    private void retireSuperseded() {
        List<Revision> offered = revisions.offered();
        for (Revision old : offered) {
            boolean superseded =
                    !Plan.isFixed(old)
                            && old.subsystems().stream()
                                    .allMatch(subsystem ->
                                            offered.stream()
                                                    .anyMatch(newer ->
                                                            newer.id() > old.id()
                                                                    && newer.subsystems()
                                                                            .contains(subsystem)));
            if (superseded) {
                retirement.add(old);
            }
        }
        // they hold leases until they end
        for (Sandbox sandbox : sandboxes.sandboxes()) {
            done.onEnd(sandbox, this::sweepLater);
        }
    }

    private void sweepLater() {
        if (!later.isShutdown()) {
            later.execute(this::sweep);
        }
    }

    /** Not in the middle of a swap, which looks at all revisions that are installed. */
    private void sweep() {
        lock.lock();
        try {
            retirement.sweep(revision ->
                    probations.stream().anyMatch(probation -> probation.concerns(revision)));
        } finally {
            lock.unlock();
        }
    }

    private void remove(Revision revision) {
        retirement.add(revision);
        sweep();
    }

    private List<SwapRecord> record(SwapStep step, Outcome outcome, Optional<String> reason) {
        List<SwapRecord> records = new ArrayList<>();
        for (SandboxSwap swap : step.swaps()) {
            for (Exchange exchange : swap.plan().exchanges()) {
                var entry =
                        new SwapRecord(
                                System.currentTimeMillis() * 1_000_000,
                                exchange.subsystem(),
                                exchange.before(),
                                exchange.to().toString(),
                                swap.pauseNs(),
                                swap.carriedObjects(),
                                outcome,
                                reason);
                history.add(swap.plan().sandbox(), entry);
                records.add(entry);
            }
        }
        return records;
    }

    private static SwapRecord moved(
            String from, String to, long pauseNs, Outcome outcome, @Nullable String reason) {
        return new SwapRecord(
                System.currentTimeMillis() * 1_000_000,
                "platform",
                from,
                to,
                pauseNs,
                0,
                outcome,
                Optional.ofNullable(reason));
    }

    private static SwapRecord refused(String to, SwapException e) {
        return new SwapRecord(
                System.currentTimeMillis() * 1_000_000,
                "-",
                "-",
                to,
                0,
                0,
                Outcome.REFUSED,
                Optional.of(String.valueOf(e.getMessage())));
    }

    private static String describe(Part part) {
        return part.subsystem().map(name -> name + "=").orElse("") + part.bundle();
    }
}
