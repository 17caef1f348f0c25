package dev.moat.itests.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** The components of the kernel's bundles. */
final class Services {
    private final BundleContext context;

    Services(BundleContext context) {
        this.context = context;
    }

    List<Object> all() throws InvalidSyntaxException {
        List<Object> components = new ArrayList<>();
        for (ServiceReference<?> reference : context.getAllServiceReferences(null, null)) {
            addTo(components, reference);
        }
        return components;
    }

    /** Those of one bundle by the name of the component. */
    Map<String, Object> of(Bundle bundle) {
        Map<String, Object> components = new HashMap<>();
        for (ServiceReference<?> reference : bundle.getRegisteredServices()) {
            components.put(
                    String.valueOf(reference.getProperty("component.name")),
                    context.getService(reference));
        }
        return components;
    }

    private void addTo(List<Object> components, ServiceReference<?> reference) {
        if (!reference.getBundle().getSymbolicName().startsWith("dev.moat.")) {
            return;
        }
        Object service = context.getService(reference);
        if (service != null && service.getClass().getName().startsWith("dev.moat.")) {
            components.add(service);
        }
    }
}
