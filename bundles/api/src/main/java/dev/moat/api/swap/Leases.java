package dev.moat.api.swap;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What serves one sandbox: one revision for each subsystem, taken when the sandbox started and
 * changed by swaps only. While the sandbox lives it holds a lease on each of them. Thread safe.
 *
 * <p>Whoever finds services of several revisions takes for a sandbox those of the revisions that
 * its leases name; a service says its revision in its property {@code service.bundleid}.
 */
@ProviderType
public interface Leases {
    /** Whether a revision serves the sandbox; costs next to nothing. */
    boolean holds(long revision);

    /**
     * Takes a lease on a revision that came after the sandbox had started, for those of its
     * subsystems that nobody serves here.
     *
     * @return whether it serves the sandbox now; not if it is withheld, gone, or all that it serves
     *     is served by others
     */
    boolean take(long revision);

    /** The revision that serves each subsystem. */
    Map<String, Use> uses();

    /**
     * Exchanges revisions: each of {@code now} serves its subsystems from here on; the leases on
     * those that serve nothing any more are given back. All or, if it throws, none.
     *
     * @throws SwapException a revision is no longer there
     */
    void exchange(List<Revisions.Revision> now);

    /**
     * Takes an {@link #exchange} back.
     *
     * @param before what {@link #uses} gave before
     */
    void restore(Map<String, Use> before);
}
