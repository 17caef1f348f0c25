package dev.moat.swap.checkpoint;

import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.swap.Stateful;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The classes and services of the bundles that are installed. Of two revisions of a bundle, objects
 * may be written from both; they are read into the later one.
 */
final class InstalledTypes implements KernelTypes {
    private static final List<String> CONTRACTS = List.of("dev.moat.api.", "dev.moat.abi.");

    private final Map<ClassLoader, String> bundles = new HashMap<>();
    private final Map<String, ClassLoader> loaders = new HashMap<>();
    private final Map<Object, ServiceName> names = new IdentityHashMap<>();
    private final Map<ServiceName, Object> services = new HashMap<>();

    private InstalledTypes() {}

    /**
     * @param known revisions in order of installation
     */
    static InstalledTypes of(Revisions revisions, List<Revision> known) {
        InstalledTypes types = new InstalledTypes();
        for (Revision revision : known) {
            ClassLoader loader = revisions.classLoader(revision);
            types.bundles.put(loader, revision.symbolicName());
            types.loaders.put(revision.symbolicName(), loader);
            revisions
                    .components(revision)
                    .forEach((name, service) ->
                            types.addComponent(revision.symbolicName(), name, service));
        }
        return types;
    }

    private void addComponent(String bundle, String name, Object service) {
        add(new ServiceName(bundle, name, ""), service);
        if (service instanceof SharedParts shared) {
            shared.sharedParts()
                    .forEach((part, object) -> add(new ServiceName(bundle, name, part), object));
        }
    }

    private void add(ServiceName name, Object service) {
        names.put(service, name);
        services.put(name, service);
    }

    @Override
    public Optional<String> bundleOf(Class<?> type) {
        @Nullable ClassLoader loader = type.getClassLoader();
        if (loader == null) {
            return Optional.empty();
        }
        @Nullable String bundle = bundles.get(loader);
        if (bundle != null) {
            return Optional.of(bundle);
        }
        return isContract(type) ? Optional.of(SHARED) : Optional.empty();
    }

    @Override
    public Class<?> load(String bundle, String name) {
        boolean shared = bundle.equals(SHARED);
        @Nullable ClassLoader loader =
                shared ? Stateful.class.getClassLoader() : loaders.get(bundle);
        if (loader == null) {
            throw new CheckpointException("it needs bundle " + bundle + "; this kernel has none");
        }
        try {
            Class<?> type = Class.forName(name, false, loader);
            if (shared ? isContract(type) : type.getClassLoader() == loader) {
                return type;
            }
        } catch (ClassNotFoundException | LinkageError e) {
            throw noClass(bundle, name);
        }
        throw noClass(bundle, name);
    }

    @Override
    public Optional<ServiceName> serviceNameOf(Object object) {
        return Optional.ofNullable(names.get(object));
    }

    @Override
    public Object service(ServiceName name) {
        @Nullable Object service = services.get(name);
        if (service == null) {
            throw new CheckpointException(
                    loaders.containsKey(name.bundle())
                            ? "bundle %s has no %s".formatted(name.bundle(), name)
                            : "it needs bundle " + name.bundle() + "; this kernel has none");
        }
        return service;
    }

    private static boolean isContract(Class<?> type) {
        return type.getClassLoader() == Stateful.class.getClassLoader()
                && CONTRACTS.stream().anyMatch(type.getName()::startsWith);
    }

    private static CheckpointException noClass(String bundle, String name) {
        return new CheckpointException(
                (bundle.equals(SHARED) ? "this kernel" : "bundle " + bundle)
                        + " has no class "
                        + name);
    }
}
