package dev.moat.swap.checkpoint;

import dev.moat.swap.engine.Revision;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A kernel of one made-up bundle. */
final class RevisionTypes implements KernelTypes {
    static final String BUNDLE = "dev.moat.example";

    private final Revision revision;
    private final Map<ServiceName, Object> services = new HashMap<>();

    RevisionTypes(Revision revision) {
        this.revision = revision;
    }

    void addService(String component, Object service) {
        services.put(new ServiceName(BUNDLE, component, ""), service);
    }

    @Override
    public Optional<String> bundleOf(Class<?> type) {
        return type.getClassLoader() == revision.loader()
                ? Optional.of(BUNDLE)
                : type.getName().startsWith("dev.moat.api.")
                        ? Optional.of(SHARED)
                        : Optional.empty();
    }

    @Override
    public Class<?> load(String bundle, String name) {
        try {
            Class<?> type = Class.forName(name, false, revision.loader());
            if (bundleOf(type).equals(Optional.of(bundle))) {
                return type;
            }
        } catch (ClassNotFoundException e) {
            throw new CheckpointException(bundle + " has no class " + name, e);
        }
        throw new CheckpointException(bundle + " has no class " + name);
    }

    @Override
    public Optional<ServiceName> serviceNameOf(Object object) {
        return services.entrySet().stream()
                .filter(entry -> entry.getValue() == object)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    @Override
    public Object service(ServiceName name) {
        return Optional.ofNullable(services.get(name))
                .orElseThrow(() -> new CheckpointException("there is no " + name));
    }
}
