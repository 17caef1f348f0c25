package dev.moat.launcher;

import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Waits until the components of a bundle that was started have what they want. */
final class ComponentWait {
    /** Components are made while a bundle starts; only what they wait for may come later. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final BundleContext context;

    ComponentWait(BundleContext context) {
        this.context = context;
    }

    /**
     * Returns when all enabled components are satisfied.
     *
     * @throws SwapException one fails, or waits for something in vain
     */
    void await(Bundle bundle, Revision revision) {
        var changes = new Semaphore(0);
        ServiceListener listener = _ -> changes.release();
        context.addServiceListener(listener);
        try {
            long deadlineNs = System.nanoTime() + LIMIT.toNanos();
            Optional<String> trouble = trouble(bundle);
            while (trouble.isPresent()) {
                long leftNs = deadlineNs - System.nanoTime();
                if (!changes.tryAcquire(leftNs, TimeUnit.NANOSECONDS)) {
                    throw new SwapException(revision + " does not start: " + trouble.get());
                }
                changes.drainPermits();
                trouble = trouble(bundle);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SwapException("interrupted while " + revision + " starts", e);
        } finally {
            context.removeServiceListener(listener);
        }
    }

    private Optional<String> trouble(Bundle bundle) {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null) {
            return Optional.of("nothing runs components in this kernel");
        }
        ServiceComponentRuntime runtime = context.getService(reference);
        for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
            if (!runtime.isComponentEnabled(component)) {
                continue;
            }
            for (ComponentConfigurationDTO configuration :
                    runtime.getComponentConfigurationDTOs(component)) {
                Optional<String> reason = new Diagnosis(context).reason(component, configuration);
                if (reason.isPresent()) {
                    return reason;
                }
            }
        }
        return Optional.empty();
    }
}
