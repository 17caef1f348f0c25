package dev.moat.swap;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The platforms that tasks may be moved to.
 *
 * @param platforms services with their properties
 */
record PlatformTargets(
        Revisions revisions, List<Map.Entry<Map<String, Object>, Platform>> platforms) {
    /**
     * The move of a sandbox to the newest revision of a platform.
     *
     * @throws SwapException there is no such platform, or it does not work here, or the tasks are
     *     there already
     */
    PlatformMove move(Sandbox sandbox, String name) {
        if (sandbox.platformName().equals(name)) {
            throw new SwapException(
                    "sandbox '" + sandbox.name() + "' runs on platform " + name + " already");
        }
        for (Revision revision : revisions.offered().reversed()) {
            for (Map.Entry<Map<String, Object>, Platform> service : platforms) {
                Platform platform = service.getValue();
                Object owner = service.getKey().get("service.bundleid");
                if (platform.name().equals(name) && Long.valueOf(revision.id()).equals(owner)) {
                    requireAvailable(platform);
                    return new PlatformMove(sandbox, platform, revision);
                }
            }
        }
        TreeSet<String> names = new TreeSet<>();
        platforms.forEach(service -> names.add(service.getValue().name()));
        throw new SwapException(
                "no platform '" + name + "'; there are " + String.join(", ", names));
    }

    private static void requireAvailable(Platform platform) {
        Platform.Availability answer = platform.availability();
        if (!answer.available()) {
            throw new SwapException(
                    "platform " + platform.name() + " does not work here: " + answer.reason());
        }
    }
}
