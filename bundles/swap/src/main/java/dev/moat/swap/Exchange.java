package dev.moat.swap;

import dev.moat.api.swap.Revisions.Revision;
import java.util.List;
import java.util.Optional;

/**
 * What takes whose place in one sandbox.
 *
 * @param subsystems what the new revision serves there
 * @param from empty if nobody served them before
 */
record Exchange(List<String> subsystems, Optional<Revision> from, Revision to) {
    String subsystem() {
        return String.join(",", subsystems);
    }

    String before() {
        return from.map(Revision::toString).orElse("-");
    }
}
