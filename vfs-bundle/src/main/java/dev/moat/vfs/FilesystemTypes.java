package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.lib.service.RevisionedServices;
import dev.moat.lib.service.RevisionedServices.Offer;
import java.util.List;
import java.util.Map;

/**
 * The file system types that bundles offer now. Instances that are open keep the type they came
 * from. A sandbox mounts with the revision that serves it; a type that came after its start serves
 * it from the first mount on.
 */
public final class FilesystemTypes {
    @Derived("what bundles offer is no state")
    private final RevisionedServices<FilesystemType> types = new RevisionedServices<>();

    /**
     * Adds a type.
     *
     * @param properties of its service
     */
    public void add(FilesystemType type, Map<String, ?> properties) {
        types.add(type, properties);
    }

    public void remove(FilesystemType type) {
        types.remove(type);
    }

    /** The type called {@code name} for {@code sandbox}; ENODEV. */
    FilesystemType require(Sandbox sandbox, String name) {
        List<Offer<FilesystemType>> named =
                types.all().stream().filter(offer -> offer.service().name().equals(name)).toList();
        return Choice.of(sandbox, named).orElseThrow(Errno.ENODEV::exception);
    }

    List<String> names() {
        return types.all().stream()
                .map(offer -> offer.service().name())
                .distinct()
                .sorted()
                .toList();
    }
}
