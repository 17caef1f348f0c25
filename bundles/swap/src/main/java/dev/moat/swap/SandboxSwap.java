package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import dev.moat.swap.engine.Handover;
import dev.moat.swap.engine.Replacement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One sandbox' part of a swap. Used by one thread. */
final class SandboxSwap {
    private final Plan plan;

    /** Null if the tasks stay on their platform. */
    private final @Nullable PlatformShift shift;

    private boolean entered;
    private long enteredAtNs;
    private long pauseNs;

    /** Volatile: called off by another thread if it hangs. */
    private volatile @Nullable Handover handover;

    /** Who served the sandbox, once that is changed. */
    private @Nullable Map<String, Use> before;

    private SandboxSwap(Plan plan, @Nullable PlatformShift shift, @Nullable Handover handover) {
        this.plan = plan;
        this.shift = shift;
        this.handover = handover;
    }

    /**
     * Looks at what takes the place of what, while programs still run.
     *
     * @param boundaries what is not looked into
     */
    static SandboxSwap of(Plan plan, Revisions revisions, List<Object> boundaries) {
        List<Replacement> replacements = new ArrayList<>();
        for (Exchange exchange : plan.exchanges()) {
            exchange.from()
                    .ifPresent(
                            from -> replacements.add(replacement(revisions, from, exchange.to())));
        }
        PlatformTargets targets = new PlatformTargets(revisions);
        return new SandboxSwap(
                plan,
                plan.platform()
                        .map(exchange -> new PlatformShift(plan.sandbox(), exchange, targets))
                        .orElse(null),
                replacements.isEmpty()
                        ? null
                        : new Handover(plan.sandbox(), replacements, boundaries));
    }

    Plan plan() {
        return plan;
    }

    long pauseNs() {
        return pauseNs;
    }

    long carriedObjects() {
        Handover made = handover;
        return made == null ? 0 : made.carriedObjects();
    }

    /** Whether objects of one revision become objects of another one. */
    boolean carriesState() {
        return handover != null;
    }

    /**
     * Gets ready what can be while programs run.
     *
     * @throws SwapException the platform does not work here
     */
    void rehearse() {
        if (shift != null) {
            shift.open();
        }
        Handover made = handover;
        if (made != null) {
            made.rehearse();
        }
    }

    /**
     * Brings all tasks to the safe point, if there is anything to carry or to move.
     *
     * @throws SwapException they did not come in time
     */
    void enter(Duration limit) {
        if (handover == null && shift == null) {
            return;
        }
        Sandbox sandbox = plan.sandbox();
        enteredAtNs = System.nanoTime();
        if (!sandbox.safePoint().enter(limit.toNanos())) {
            throw new SwapException(notReached(sandbox, limit));
        }
        entered = true;
    }

    /** Why a safe point was not entered. */
    static String notReached(Sandbox sandbox, Duration limit) {
        return "sandbox '"
                + sandbox.name()
                + "' did not come to its safe point within "
                + limit.toMillis()
                + " ms: "
                + String.join(", ", sandbox.safePoint().missing());
    }

    /** Makes the new objects; nothing that is in use changes. */
    void prepare() {
        Handover made = handover;
        if (made != null) {
            made.prepare();
        }
    }

    /** Exchanges the leases, so that neither revision goes while the step is under way. */
    void lease() {
        Leases leases = plan.sandbox().leases();
        Map<String, Use> uses = leases.uses();
        leases.exchange(plan.after());
        before = uses;
        if (shift != null) {
            shift.lease();
        }
    }

    /** Swings the references; system calls go to the new revision from now on. */
    void commit() {
        Handover made = handover;
        if (made != null) {
            made.commit();
        }
        plan.sandbox().syscalls().refresh();
    }

    void restore() {
        Handover made = handover;
        if (made != null) {
            made.restore();
        }
    }

    /** Moves the tasks to where they go: last, as the only part that cannot be prepared. */
    void move() {
        if (shift != null) {
            shift.move();
        }
    }

    /** Undoes whatever was done. */
    void revert() {
        if (shift != null) {
            shift.moveBack();
        }
        Handover made = handover;
        handover = null;
        if (made != null) {
            made.callOff();
        }
        if (before != null) {
            plan.sandbox().leases().restore(before);
            plan.sandbox().syscalls().refresh();
        }
    }

    void leave() {
        if (entered) {
            entered = false;
            plan.sandbox().safePoint().leave();
            pauseNs = System.nanoTime() - enteredAtNs;
        }
    }

    /** Ends what is not needed any more, with programs running again. */
    void clean() {
        if (shift != null) {
            shift.close();
        }
    }

    private static Replacement replacement(Revisions revisions, Revision from, Revision to) {
        return Replacement.of(
                revisions.classLoader(from),
                revisions.classLoader(to),
                revisions.components(from),
                revisions.components(to));
    }
}
