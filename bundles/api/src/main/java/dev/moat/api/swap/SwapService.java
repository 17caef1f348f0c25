package dev.moat.api.swap;

import dev.moat.api.sandbox.Sandbox;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the swap bundle: replaces parts of running sandboxes. Thread safe. */
@ProviderType
public interface SwapService {
    /**
     * Swaps bundles, all or none. New sandboxes get the new revisions, too.
     *
     * @throws SwapException it was refused or called off: everything goes on as before; the history
     *     of each sandbox has the reason
     */
    List<SwapRecord> swap(Request request);

    /**
     * Moves running tasks to another platform, or to the same one set otherwise.
     *
     * @param platform a name, and settings: {@code trap,patch=off}
     * @throws SwapException see {@link #swap}; or the platform is unknown or not available
     */
    SwapRecord movePlatform(Sandbox sandbox, String platform, Duration safePointLimit);

    /**
     * Undoes the last successful swap of a sandbox.
     *
     * @throws SwapException there is none, or it cannot be undone
     */
    List<SwapRecord> rollback(Sandbox sandbox);

    /** What was swapped in a sandbox, oldest first; refused and failed ones included. */
    List<SwapRecord> history(Sandbox sandbox);

    /**
     * What to swap.
     *
     * @param sandboxes whose; all of them together are one step
     * @param parts what is replaced
     * @param safePointLimit how long tasks may take to get to the safe point
     * @param probation for how long a kernel bug in a new revision rolls it back by itself
     */
    record Request(
            List<Sandbox> sandboxes,
            List<Part> parts,
            Duration safePointLimit,
            Duration probation) {
        public static final Duration SAFE_POINT_LIMIT = Duration.ofMillis(50);
        public static final Duration PROBATION = Duration.ofSeconds(10);
    }

    /**
     * One bundle.
     *
     * @param subsystem what it has to serve, if the operator said so
     * @param bundle where the new revision is
     */
    record Part(Optional<String> subsystem, URI bundle) {}

    /**
     * One swap of one sandbox.
     *
     * @param atNs realtime nanoseconds
     * @param from bundle and version, or platform, before
     * @param to bundle and version, or platform, afterwards
     * @param pauseNs how long guest code stood still
     * @param carriedObjects objects that were made anew
     * @param outcome how it ended
     * @param reason one line when it did not succeed
     */
    record SwapRecord(
            long atNs,
            String subsystem,
            String from,
            String to,
            long pauseNs,
            long carriedObjects,
            Outcome outcome,
            Optional<String> reason) {}

    /** How a swap ended. */
    enum Outcome {
        DONE,
        /** Nothing was changed: it could not be prepared, or the safe point was not reached. */
        REFUSED,
        /** A restore failed; the old revision went on. */
        FAILED,
        /** The new revision crashed in its probation; the old one serves again. */
        ROLLED_BACK
    }
}
