package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import dev.moat.swap.engine.Replacement;
import dev.moat.swap.engine.StateMigration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One sandbox' part of a swap. Used by one thread. */
final class SandboxSwap {
    private final Revisions revisions;
    private final Plan plan;

    private boolean entered;
    private boolean committed;
    private long enteredAtNs;
    private long pauseNs;
    private @Nullable StateMigration migration;

    /** Who served the sandbox, once that is changed. */
    private @Nullable Map<String, Use> before;

    SandboxSwap(Revisions revisions, Plan plan) {
        this.revisions = revisions;
        this.plan = plan;
    }

    Plan plan() {
        return plan;
    }

    long pauseNs() {
        return pauseNs;
    }

    long carriedObjects() {
        return migration == null ? 0 : migration.carriedObjects();
    }

    /**
     * Brings all tasks to the safe point, if there is anything to carry.
     *
     * @throws SwapException they did not come in time
     */
    void enter(Duration limit) {
        if (!plan.replaces()) {
            return;
        }
        Sandbox sandbox = plan.sandbox();
        enteredAtNs = System.nanoTime();
        if (!sandbox.safePoint().enter(limit.toNanos())) {
            throw new SwapException(
                    "sandbox '"
                            + sandbox.name()
                            + "' did not come to its safe point within "
                            + limit.toMillis()
                            + " ms: "
                            + String.join(", ", sandbox.safePoint().missing()));
        }
        entered = true;
    }

    /** Makes the new objects; nothing that is in use changes. */
    void prepare() {
        if (!plan.replaces()) {
            return;
        }
        List<Replacement> replacements = new ArrayList<>();
        for (Exchange exchange : plan.exchanges()) {
            exchange.from().ifPresent(from -> replacements.add(replacement(from, exchange.to())));
        }
        migration = StateMigration.prepare(plan.sandbox(), replacements);
    }

    /** Exchanges the leases, so that neither revision goes while the step is under way. */
    void lease() {
        Leases leases = plan.sandbox().leases();
        Map<String, Use> uses = leases.uses();
        leases.exchange(plan.after());
        before = uses;
    }

    /** Swings the references; system calls go to the new revision from now on. */
    void commit() {
        if (migration != null) {
            migration.commit();
        }
        committed = true;
        plan.sandbox().syscalls().refresh();
    }

    void restore() {
        if (migration != null) {
            migration.restore();
        }
    }

    /** Undoes whatever was done. */
    void revert() {
        if (migration != null) {
            if (committed) {
                migration.revert();
            } else {
                migration.cancel();
            }
        }
        if (before != null) {
            plan.sandbox().leases().restore(before);
        }
        if (committed) {
            plan.sandbox().syscalls().refresh();
        }
        migration = null;
    }

    void leave() {
        if (entered) {
            entered = false;
            plan.sandbox().safePoint().leave();
            pauseNs = System.nanoTime() - enteredAtNs;
        }
    }

    private Replacement replacement(Revision from, Revision to) {
        return Replacement.of(
                revisions.classLoader(from),
                revisions.classLoader(to),
                revisions.components(from),
                revisions.components(to));
    }
}
