package dev.moat.swap;

import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several sandboxes change over to new revisions: all of them or none. */
final class SwapStep {
    /** For code of the new revision: far more than it needs, less than anybody waits for. */
    private static final Duration FOREIGN_CODE = Duration.ofSeconds(10);

    private final Logger logger = LoggerFactory.getLogger(SwapStep.class);
    private final Bounded bounded = new Bounded(FOREIGN_CODE);
    private final List<SandboxSwap> swaps;
    private final Duration limit;

    /** Whether the new revisions were in place, if only for a moment. */
    private boolean committed;

    SwapStep(Revisions revisions, List<Plan> plans, Duration limit) {
        List<Object> boundaries = boundaries(revisions);
        this.swaps =
                plans.stream().map(plan -> SandboxSwap.of(plan, revisions, boundaries)).toList();
        this.limit = limit;
    }

    List<SandboxSwap> swaps() {
        return swaps;
    }

    boolean wasCommitted() {
        return committed;
    }

    /**
     * Does it.
     *
     * @throws SwapException it was called off; everything goes on as before
     */
    void run() {
        try {
            swaps.forEach(swap -> bounded.run("the rehearsal", swap::rehearse));
            swaps.forEach(swap -> swap.enter(limit));
            // one after the other, each for its own pause; all sandboxes stand still meanwhile
            swaps.forEach(swap -> bounded.run("carrying the state over", swap::prepare));
            swaps.forEach(SandboxSwap::lease);
            committed = swaps.stream().anyMatch(SandboxSwap::carriesState);
            swaps.forEach(SandboxSwap::commit);
            swaps.forEach(swap -> bounded.run("the restore of the new revision", swap::restore));
            // on the tasks' own threads, with a limit for each
            swaps.forEach(SandboxSwap::move);
        } catch (RuntimeException | Error e) {
            revert();
            throw e;
        } finally {
            swaps.forEach(SandboxSwap::leave);
            swaps.forEach(this::clean);
        }
    }

    /** Programs run already, and need nothing of it. */
    private void clean(SandboxSwap swap) {
        try {
            bounded.run("the end of the former platform", swap::clean);
        } catch (SwapException e) {
            logger.error("sandbox {}: {}", swap.plan().sandbox().name(), e.getMessage(), e);
        }
    }

    /** What is no state of a sandbox and not looked into. */
    private static List<Object> boundaries(Revisions revisions) {
        List<Object> boundaries = new ArrayList<>();
        for (Revision revision : revisions.installed()) {
            boundaries.addAll(revisions.components(revision).values());
        }
        return boundaries;
    }

    private void revert() {
        for (SandboxSwap swap : swaps.reversed()) {
            try {
                bounded.run("going back", swap::revert);
            } catch (SwapException e) {
                // the old objects are in place in any case; what they could not fill shows up later
                logger.error("sandbox {}: {}", swap.plan().sandbox().name(), e.getMessage(), e);
            }
        }
    }
}
