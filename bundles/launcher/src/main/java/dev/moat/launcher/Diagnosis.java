package dev.moat.launcher;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Finds out why a service is missing, in words for the operator. */
final class Diagnosis {
    private final BundleContext context;

    Diagnosis(BundleContext context) {
        this.context = context;
    }

    /**
     * Names the bundle, the failed component or the missing service that is at the root; one line.
     */
    String missing(String type) {
        return deadBundle()
                .or(() -> chain(type, new HashSet<>()))
                .orElse("this kernel has no bundle that serves " + type);
    }

    private Optional<String> deadBundle() {
        for (Bundle bundle : context.getBundles()) {
            boolean fragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
            if (fragment || bundle.getState() == Bundle.ACTIVE) {
                continue;
            }
            try {
                bundle.start();
            } catch (BundleException e) {
                return Optional.of(
                        "bundle "
                                + bundle.getSymbolicName()
                                + " does not start: "
                                + firstLine(String.valueOf(e.getMessage())));
            }
        }
        return Optional.empty();
    }

    /** Follows unsatisfied references down to the one that nobody can satisfy. */
    private Optional<String> chain(String type, Set<String> seen) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null || !seen.add(type)) {
            return Optional.empty();
        }
        ServiceComponentRuntime components = context.getService(reference);
        List<ComponentDescriptionDTO> providers =
                components.getComponentDescriptionDTOs().stream()
                        .filter(component ->
                                Arrays.asList(component.serviceInterfaces).contains(type))
                        .toList();
        for (ComponentDescriptionDTO provider : providers) {
            for (ComponentConfigurationDTO configuration :
                    components.getComponentConfigurationDTOs(provider)) {
                Optional<String> reason = reason(provider, configuration, seen);
                if (reason.isPresent()) {
                    return reason;
                }
            }
        }
        return Optional.empty();
    }

    /** Why a component does not work, if it does not. */
    Optional<String> reason(
            ComponentDescriptionDTO component, ComponentConfigurationDTO configuration) {
        return reason(component, configuration, new HashSet<>());
    }

    private Optional<String> reason(
            ComponentDescriptionDTO component,
            ComponentConfigurationDTO configuration,
            Set<String> seen) {
        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
            return Optional.of(component.name + " fails: " + firstLine(configuration.failure));
        }
        for (UnsatisfiedReferenceDTO unsatisfied : configuration.unsatisfiedReferences) {
            String wanted =
                    Arrays.stream(component.references)
                            .filter(declared -> declared.name.equals(unsatisfied.name))
                            .map(declared -> declared.interfaceName)
                            .findFirst()
                            .orElse(unsatisfied.name);
            String filter = unsatisfied.target == null ? "" : " " + unsatisfied.target;
            String missing =
                    component.name + " waits for " + wanted + filter + ", which no bundle serves";
            return chain(wanted, seen).or(() -> Optional.of(missing));
        }
        return Optional.empty();
    }

    /** The part of a message that an operator wants to see. */
    static String firstLine(@Nullable String message) {
        return String.valueOf(message).lines().findFirst().orElse("");
    }
}
