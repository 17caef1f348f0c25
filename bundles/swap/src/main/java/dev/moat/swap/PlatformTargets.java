package dev.moat.swap;

import dev.moat.api.platform.Platform;
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
     * The move of a sandbox to the newest revision of a platform.
     *
     * @throws SwapException there is no such platform, or the tasks are there already
     */
    Plan move(Sandbox sandbox, String name) {
        if (sandbox.platformName().equals(name)) {
            throw new SwapException(
                    "sandbox '" + sandbox.name() + "' runs on platform " + name + " already");
        }
        Set<String> names = new TreeSet<>();
        for (Revision revision : revisions.offered().reversed()) {
            for (Platform platform : platforms(revision)) {
                names.add(platform.name());
                if (platform.name().equals(name)) {
                    return Plan.ofPlatform(sandbox, exchange(sandbox, name, revision));
                }
            }
        }
        throw new SwapException(
                "no platform '" + name + "'; there are " + String.join(", ", names));
    }

    /**
     * A platform of one revision.
     *
     * @throws SwapException it has none of that name, or it does not work here
     */
    Platform of(Revision revision, String name) {
        for (Platform platform : platforms(revision)) {
            if (platform.name().equals(name)) {
                requireAvailable(platform);
                return platform;
            }
        }
        throw new SwapException(revision + " has no platform '" + name + "'");
    }

    private List<Platform> platforms(Revision revision) {
        return revisions.components(revision).values().stream()
                .filter(Platform.class::isInstance)
                .map(Platform.class::cast)
                .toList();
    }

    private static PlatformExchange exchange(Sandbox sandbox, String name, Revision target) {
        String from = sandbox.platformName();
        @Nullable Use use = sandbox.leases().uses().get(PlatformExchange.subsystem(from));
        if (use == null) {
            throw new SwapException("sandbox '" + sandbox.name() + "' has ended");
        }
        return new PlatformExchange(from, use.revision(), name, target);
    }

    private static void requireAvailable(Platform platform) {
        Platform.Availability answer = platform.availability();
        if (!answer.available()) {
            throw new SwapException(
                    "platform " + platform.name() + " does not work here: " + answer.reason());
        }
    }
}
