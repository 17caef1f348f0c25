package dev.moat.swap;

import dev.moat.api.platform.PlatformWish;
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
    private final UncaughtBugs uncaught = UncaughtBugs.tellTo(this::threadEnded);
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
                SwapRecord refused = SwapRecords.refused("-", "-", to, e);
                request.sandboxes().forEach(sandbox -> history.add(sandbox, refused));
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

    /** Moves tasks to another platform. */
    SwapRecord movePlatform(Sandbox sandbox, PlatformWish wish, Duration limit) {
        lock.lock();
        try {
            Plan plan;
            try {
                plan = new PlatformTargets(revisions).move(sandbox, wish);
            } catch (SwapException e) {
                history.add(
                        sandbox,
                        SwapRecords.refused(
                                "platform",
                                PlatformExchange.current(sandbox).toString(),
                                wish.toString(),
                                e));
                throw e;
            }
            SwapStep step = new SwapStep(revisions, List.of(plan), limit);
            run(step);
            done.add(plan);
            return record(step, Outcome.DONE, Optional.empty()).getFirst();
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
            uncaught.close();
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
            part.subsystem()
                    .ifPresent(name -> Plan.requireServed(request.sandboxes(), name, revision));
            Plan.refuseFixed(revision);
            revisions.start(revision);
        }
    }

    private List<SwapRecord> swapTo(Request request, List<Revision> installed) {
        List<Plan> plans =
                request.sandboxes().stream()
                        .map(sandbox -> Plan.of(sandbox, installed))
                        .filter(plan -> !plan.isEmpty())
                        .toList();
        SwapStep step = new SwapStep(revisions, plans, request.safePointLimit());
        // threads of the new revision may fail before the last task goes on
        Probation probation = watch(plans, installed);
        try {
            run(step);
        } catch (SwapException e) {
            end(probation);
            installed.forEach(this::remove);
            throw e;
        }
        installed.forEach(revisions::offer);
        plans.forEach(plan -> done.add(plan));
        retireSuperseded();
        endLater(probation, request.probation());
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
            if (backs.isEmpty()) {
                // the swap itself was called off, or nobody is left
                return;
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
            end(probation);
            lock.unlock();
        }
        sweep();
    }

    /**
     * A thread of the kernel host that is no task's has ended of a bug. What it did is done by
     * another one when the old revision is back.
     */
    private void threadEnded(Throwable bug) {
        for (Probation probation : probations) {
            if (probation.isFault(bug)) {
                return;
            }
        }
    }

    /** New sandboxes get what was gone back to, unless others still use the newer revision. */
    private void settle(List<Plan> backs) {
        for (Plan back : backs) {
            for (Exchange exchange : back.exchanges()) {
                exchange.from().ifPresent(left -> settle(left, exchange.to()));
            }
            back.platform()
                    .filter(PlatformExchange::isRevision)
                    .ifPresent(exchange -> settle(exchange.from(), exchange.to()));
        }
    }

    private void settle(Revision left, Revision successor) {
        if (revisions.holders(left).isEmpty()) {
            retirement.add(left);
            retirement.takeBack(successor);
        }
    }

    private Probation watch(List<Plan> plans, List<Revision> installed) {
        Map<Revision, ClassLoader> suspects = new LinkedHashMap<>();
        installed.forEach(revision -> suspects.put(revision, revisions.classLoader(revision)));
        var probation =
                new Probation(
                        plans,
                        suspects,
                        (failed, reason) -> later.execute(() -> rollBack(failed, reason)));
        probations.add(probation);
        probation.begin();
        return probation;
    }

    private void endLater(Probation probation, Duration time) {
        if (time.isZero() || probation.plans().isEmpty()) {
            probation.expire();
            probations.remove(probation);
            return;
        }
        later.schedule(
                () -> {
                    probation.expire();
                    probations.remove(probation);
                    sweep();
                },
                time.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void end(Probation probation) {
        probation.end();
        probations.remove(probation);
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
            List<SwapRecord> own = SwapRecords.of(swap, outcome, reason);
            own.forEach(entry -> history.add(swap.plan().sandbox(), entry));
            records.addAll(own);
        }
        return records;
    }

    private static String describe(Part part) {
        return part.subsystem().map(name -> name + "=").orElse("") + part.bundle();
    }
}
