package dev.moat.vfs;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.lib.service.RevisionedServices;
import dev.moat.lib.service.RevisionedServices.Offer;
import java.util.List;
import java.util.Optional;

/** Which of several revisions of a service a sandbox gets. */
final class Choice {
    private Choice() {}

    /**
     * The one of a revision that serves the sandbox already; else the newest that it may take a
     * lease on.
     *
     * @param offers newest first
     */
    static <T> Optional<T> of(Sandbox sandbox, List<Offer<T>> offers) {
        for (Offer<T> offer : offers) {
            if (offer.revision() == RevisionedServices.NONE
                    || sandbox.leases().holds(offer.revision())) {
                return Optional.of(offer.service());
            }
        }
        for (Offer<T> offer : offers) {
            if (sandbox.leases().take(offer.revision())) {
                return Optional.of(offer.service());
            }
        }
        return Optional.empty();
    }
}
