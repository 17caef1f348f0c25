package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a set of new revisions takes the place of in one sandbox. */
record Plan(Sandbox sandbox, List<Exchange> exchanges) {
    private static final String PLATFORM = "platform:";

    /** What other bundles hold on to outside of any sandbox, or what does the swap. */
    private static final Set<String> FIXED = Set.of("host", "sandbox", "shell", "swap", "load");

    /**
     * Makes a plan.
     *
     * @throws SwapException a revision serves something that cannot be swapped
     */
    static Plan of(Sandbox sandbox, List<Revision> revisions) {
        Map<String, Use> uses = sandbox.leases().uses();
        List<Exchange> exchanges = new ArrayList<>();
        for (Revision revision : revisions) {
            refuseFixed(revision);
            Map<Optional<Revision>, List<String>> bySource = new LinkedHashMap<>();
            for (String subsystem : revision.subsystems()) {
                Optional<Revision> from =
                        Optional.ofNullable(uses.get(subsystem)).map(Use::revision);
                if (from.isPresent() && subsystem.startsWith(PLATFORM)) {
                    throw new SwapException(
                            subsystem
                                    + " runs tasks of sandbox '"
                                    + sandbox.name()
                                    + "' and cannot be swapped under them; 'install' it for new"
                                    + " sandboxes");
                }
                boolean foreign = from.isEmpty() && subsystem.startsWith(PLATFORM);
                if (!foreign && !from.equals(Optional.of(revision))) {
                    bySource.computeIfAbsent(from, _ -> new ArrayList<>()).add(subsystem);
                }
            }
            bySource.forEach((from, subsystems) ->
                    exchanges.add(new Exchange(List.copyOf(subsystems), from, revision)));
        }
        return new Plan(sandbox, List.copyOf(exchanges));
    }

    /** Whether others hold on to it outside of any sandbox. */
    static boolean isFixed(Revision revision) {
        return revision.subsystems().stream().anyMatch(FIXED::contains);
    }

    static void refuseFixed(Revision revision) {
        for (String subsystem : revision.subsystems()) {
            if (FIXED.contains(subsystem)) {
                throw new SwapException(
                        subsystem
                                + " cannot be swapped while the kernel host runs; replace its file in the"
                                + " distribution and start anew");
            }
        }
    }

    List<Revision> before() {
        return exchanges.stream().flatMap(exchange -> exchange.from().stream()).toList();
    }

    List<Revision> after() {
        return exchanges.stream().map(Exchange::to).distinct().toList();
    }
}
