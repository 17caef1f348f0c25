package dev.moat.launcher;

import java.lang.reflect.Field;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Felix' table of who uses which services. Felix 7.0.5 leaves an uninstalled bundle in it as long
 * as a service that the bundle has given back is there: {@code ServiceRegistry.ungetService} takes
 * an entry out only when it is told the service object, which {@code BundleContext} does not tell.
 * Some 20 KB for each swap would stay for ever. There is no way to this table but reflection; where
 * it is gone, in another version of Felix, nothing is done.
 */
final class UsedServices {
    private static final Logger LOG = LoggerFactory.getLogger(UsedServices.class);

    private final Map<?, ?> usages;

    /**
     * @param framework the framework's own bundle
     */
    UsedServices(Bundle framework) {
        Map<?, ?> found = Map.of();
        try {
            Object registry = field(framework, "m_registry");
            if (field(registry, "m_inUseMap") instanceof Map<?, ?> map) {
                found = map;
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("the framework's table of used services is not where it was", e);
        }
        usages = found;
    }

    private static Object field(Object owner, String name) throws ReflectiveOperationException {
        Field field = owner.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(owner);
    }

    /** For a bundle that is uninstalled: it uses nothing any more. */
    void forget(Bundle bundle) {
        if (bundle.getState() == Bundle.UNINSTALLED && !usages.isEmpty()) {
            usages.remove(bundle);
        }
    }
}
