package dev.moat.swap;

import dev.moat.api.platform.PlatformWish;
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
import java.util.stream.Stream;

/**
 * What takes the place of what in one sandbox.
 *
 * @param platform where the tasks go, if they are moved
 */
record Plan(Sandbox sandbox, List<Exchange> exchanges, Optional<PlatformExchange> platform) {

    private static final String PLATFORM = "platform";

    /** What other bundles hold on to outside of any sandbox, or what does the swap. */
    private static final Set<String> FIXED = Set.of("host", "sandbox", "shell", "swap", "load");

    /**
     * Makes a plan for a set of new revisions.
     *
     * @throws SwapException a revision serves something that cannot be swapped
     */
    static Plan of(Sandbox sandbox, List<Revision> revisions) {
        Map<String, Use> uses = sandbox.leases().uses();
        String platformName = sandbox.platformName();
        List<Exchange> exchanges = new ArrayList<>();
        Optional<PlatformExchange> platform = Optional.empty();
        for (Revision revision : revisions) {
            refuseFixed(revision);
            Map<Optional<Revision>, List<String>> bySource = new LinkedHashMap<>();
            for (String subsystem : revision.subsystems()) {
                Optional<Revision> from =
                        Optional.ofNullable(uses.get(subsystem)).map(Use::revision);
                if (from.equals(Optional.of(revision))) {
                    continue;
                }
                if (!PlatformExchange.isPlatform(subsystem)) {
                    bySource.computeIfAbsent(from, _ -> new ArrayList<>()).add(subsystem);
                } else if (subsystem.equals(PlatformExchange.subsystem(platformName))) {
                    PlatformWish same = PlatformExchange.current(sandbox);
                    platform = from.map(old -> new PlatformExchange(same, old, same, revision));
                }
            }
            bySource.forEach((from, subsystems) ->
                    exchanges.add(new Exchange(List.copyOf(subsystems), from, revision)));
        }
        return new Plan(sandbox, List.copyOf(exchanges), platform);
    }

    /** Only the tasks are moved. */
    static Plan ofPlatform(Sandbox sandbox, PlatformExchange platform) {
        return new Plan(sandbox, List.of(), Optional.of(platform));
    }

    boolean isEmpty() {
        return exchanges.isEmpty() && platform.isEmpty();
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

    /**
     * The operator names what a revision shall serve.
     *
     * @param name a subsystem, or {@code platform} for whichever the tasks run on
     * @throws SwapException it serves something else
     */
    static void requireServed(List<Sandbox> sandboxes, String name, Revision revision) {
        if (name.equals(PLATFORM) || PlatformExchange.isPlatform(name)) {
            sandboxes.forEach(sandbox -> requirePlatform(sandbox, name, revision));
            return;
        }
        if (revision.subsystems().contains(name)) {
            return;
        }
        for (Sandbox sandbox : sandboxes) {
            if (!sandbox.leases().uses().containsKey(name)) {
                throw new SwapException(
                        "sandbox '"
                                + sandbox.name()
                                + "' has no subsystem '"
                                + name
                                + "'; it has "
                                + String.join(", ", sandbox.leases().uses().keySet()));
            }
        }
        throw notServed(name, revision);
    }

    private static void requirePlatform(Sandbox sandbox, String name, Revision revision) {
        String current = PlatformExchange.subsystem(sandbox.platformName());
        if (!name.equals(PLATFORM) && !name.equals(current)) {
            throw new SwapException(
                    "sandbox '"
                            + sandbox.name()
                            + "' runs on "
                            + current
                            + ", not on "
                            + name
                            + "; 'install' the bundle and swap platform=NAME to move it");
        }
        if (!revision.subsystems().contains(current)) {
            throw notServed(current, revision);
        }
    }

    private static SwapException notServed(String name, Revision revision) {
        return new SwapException(
                revision + " serves " + String.join(", ", revision.subsystems()) + ", not " + name);
    }

    /** What serves until then. */
    List<Revision> before() {
        return Stream.concat(
                        exchanges.stream().flatMap(exchange -> exchange.from().stream()),
                        platform.stream().map(PlatformExchange::from))
                .toList();
    }

    /** What serves from then on, but for the platform. */
    List<Revision> after() {
        return exchanges.stream().map(Exchange::to).distinct().toList();
    }
}
