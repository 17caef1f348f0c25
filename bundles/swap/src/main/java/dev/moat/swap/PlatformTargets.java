package dev.moat.swap;

import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformWish;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The platforms that tasks may be moved to. */
record PlatformTargets(Revisions revisions) {
    /**
     * The move of a sandbox to the newest revision of a platform, or to the same one set otherwise.
     *
     * @throws SwapException there is no such platform, or the tasks are there already
     */
    Plan move(Sandbox sandbox, PlatformWish wish) {
        String name = wish.name();
        if (PlatformExchange.current(sandbox).equals(wish)) {
            throw new SwapException(
                    "sandbox '" + sandbox.name() + "' runs on platform " + wish + " already");
        }
        Set<String> names = new TreeSet<>();
        for (Revision revision : revisions.offered().reversed()) {
            for (Platform platform : platforms(revision)) {
                names.add(platform.name());
                if (platform.name().equals(name)) {
                    return Plan.ofPlatform(sandbox, exchange(sandbox, wish, revision));
                }
            }
        }
        throw new SwapException(
                "no platform '" + name + "'; there are " + String.join(", ", names));
    }

    /**
     * A platform of one revision, set as it is wanted.
     *
     * @throws SwapException it has none of that name, no such setting, or it does not work here
     */
    Platform of(Revision revision, PlatformWish wish) {
        for (Platform platform : platforms(revision)) {
            if (platform.name().equals(wish.name())) {
                requireAvailable(platform);
                return set(platform, wish);
            }
        }
        throw new SwapException(revision + " has no platform '" + wish.name() + "'");
    }

    private List<Platform> platforms(Revision revision) {
        return revisions.components(revision).values().stream()
                .filter(Platform.class::isInstance)
                .map(Platform.class::cast)
                .toList();
    }

    private static Platform set(Platform platform, PlatformWish wish) {
        try {
            return platform.with(wish.settings());
        } catch (IllegalArgumentException e) {
            throw new SwapException(String.valueOf(e.getMessage()), e);
        }
    }

    private static PlatformExchange exchange(Sandbox sandbox, PlatformWish wish, Revision target) {
        PlatformWish from = PlatformExchange.current(sandbox);
        @Nullable Use use = sandbox.leases().uses().get(PlatformExchange.subsystem(from.name()));
        if (use == null) {
            throw new SwapException("sandbox '" + sandbox.name() + "' has ended");
        }
        return new PlatformExchange(from, use.revision(), wish, target);
    }

    private static void requireAvailable(Platform platform) {
        Platform.Availability answer = platform.availability();
        if (!answer.available()) {
            throw new SwapException(
                    "platform " + platform.name() + " does not work here: " + answer.reason());
        }
    }
}
