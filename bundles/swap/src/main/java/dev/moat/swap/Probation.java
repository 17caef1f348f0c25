package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.Revisions.Revision;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The time after a swap in which a kernel bug in a new revision takes it back. Thread safe; told by
 * threads that fail.
 */
final class Probation {
    /** How long a thread that failed waits for the safe point to be requested. */
    private static final long REQUEST_LIMIT_NS = 1_000_000_000;

    private static final long LOOK_NS = 50_000;

    private final List<Plan> plans;
    private final Map<Revision, ClassLoader> suspects;
    private final Rollback rollback;
    private final AtomicReference<State> state = new AtomicReference<>(State.WATCHING);
    private final List<Watch> watches;

    /** Starts to take the swap back; called once. */
    @FunctionalInterface
    interface Rollback {
        void start(Probation probation, String reason);
    }

    private enum State {
        WATCHING,
        ROLLING_BACK,
        OVER
    }

    /** Listens to one sandbox. */
    private record Watch(Probation probation, Sandbox sandbox) implements KernelBugs.Listener {
        @Override
        public boolean isUndone(Throwable bug) {
            return probation.isUndone(sandbox, bug);
        }
    }

    /**
     * @param plans what was done
     * @param suspects the new revisions with their loaders
     */
    Probation(List<Plan> plans, Map<Revision, ClassLoader> suspects, Rollback rollback) {
        this.plans = List.copyOf(plans);
        this.suspects = Map.copyOf(suspects);
        this.rollback = rollback;
        this.watches = plans.stream().map(plan -> new Watch(this, plan.sandbox())).toList();
    }

    List<Plan> plans() {
        return plans;
    }

    /** Whether somebody may still want to go back to, or away from, a revision. */
    boolean concerns(Revision revision) {
        return state.get() != State.OVER
                && (suspects.containsKey(revision)
                        || plans.stream().anyMatch(plan -> plan.before().contains(revision)));
    }

    void begin() {
        watches.forEach(watch -> watch.sandbox().bugs().add(watch));
    }

    /** The time is over, unless it is being rolled back: then that ends it. */
    void expire() {
        if (state.compareAndSet(State.WATCHING, State.OVER)) {
            unwatch();
        }
    }

    /** It was rolled back, or that was not possible. */
    void end() {
        state.set(State.OVER);
        unwatch();
    }

    private void unwatch() {
        watches.forEach(watch -> watch.sandbox().bugs().remove(watch));
    }

    /**
     * Tells a bug.
     *
     * @return whether a new revision was at fault: then it is taken back
     */
    boolean isFault(Throwable bug) {
        String place = Culprit.find(bug, suspects);
        if (place.isEmpty()) {
            return false;
        }
        if (state.compareAndSet(State.WATCHING, State.ROLLING_BACK)) {
            rollback.start(this, "kernel bug: " + bug + " at " + place);
        }
        return true;
    }

    private boolean isUndone(Sandbox sandbox, Throwable bug) {
        if (!isFault(bug)) {
            return false;
        }
        long deadlineNs = System.nanoTime() + REQUEST_LIMIT_NS;
        while (state.get() == State.ROLLING_BACK
                && !sandbox.safePoint().isRequested()
                && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(this, LOOK_NS);
        }
        return true;
    }
}
