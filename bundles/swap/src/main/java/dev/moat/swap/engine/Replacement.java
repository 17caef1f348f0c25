package dev.moat.swap.engine;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.SharedParts;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An old revision of a bundle and the one that takes its place.
 *
 * @param from loader of the old classes
 * @param to loader of the new ones
 * @param services what is no state but has a counterpart: components and their shared parts, old to
 *     new, by identity
 */
public record Replacement(ClassLoader from, ClassLoader to, Map<Object, Object> services) {
    /**
     * Pairs the components of two revisions by name.
     *
     * @throws IncompatibleStateException the new revision lacks a component or a shared part of the
     *     old one
     */
    public static Replacement of(
            ClassLoader from,
            ClassLoader to,
            Map<String, Object> oldComponents,
            Map<String, Object> newComponents) {
        Map<Object, Object> services = new IdentityHashMap<>();
        oldComponents.forEach((name, old) -> {
            Object successor = counterpart(newComponents, name, "component");
            services.put(old, successor);
            if (old instanceof SharedParts parts) {
                pairParts(name, parts, successor, services);
            }
        });
        return new Replacement(from, to, services);
    }

    private static void pairParts(
            String component, SharedParts old, Object successor, Map<Object, Object> services) {
        Map<String, Object> parts =
                successor instanceof SharedParts shared ? shared.sharedParts() : Map.of();
        old.sharedParts()
                .forEach((name, part) ->
                        services.put(part, counterpart(parts, name, component + "'s part")));
    }

    private static Object counterpart(Map<String, Object> successors, String name, String what) {
        @Nullable Object successor = successors.get(name);
        if (successor == null) {
            throw new IncompatibleStateException(
                    "the new revision has no " + what + " '" + name + "'");
        }
        return successor;
    }
}
