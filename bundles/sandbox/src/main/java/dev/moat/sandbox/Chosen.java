package dev.moat.sandbox;

import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.swap.Leases;
import java.util.List;
import java.util.Map;

/** Picks for a sandbox the services of the revisions that it has leases on. */
record Chosen(Leases leases) {
    /** The service; declarative services would give the oldest one. */
    <T> T one(List<Map.Entry<Map<String, Object>, T>> services, Class<T> type) {
        return all(services).stream()
                .findFirst()
                .orElseThrow(() ->
                        new SandboxException(
                                125,
                                "no bundle that is offered to new sandboxes serves "
                                        + type.getName()));
    }

    <T> List<T> all(List<Map.Entry<Map<String, Object>, T>> services) {
        return services.stream()
                .filter(service -> isHeld(service.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    }

    private boolean isHeld(Map<String, Object> properties) {
        return properties.get("service.bundleid") instanceof Long revision
                && leases.holds(revision);
    }
}
