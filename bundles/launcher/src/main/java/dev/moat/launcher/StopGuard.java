package dev.moat.launcher;

import java.time.Duration;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes whoever stops a bundle wait for the sandboxes that use it: the framework tells synchronous
 * listeners first, before declarative services take the components down. Bounded, because a stop
 * must not hang for ever; commands that go through the swap service refuse at once instead.
 */
final class StopGuard implements SynchronousBundleListener {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Logger logger = LoggerFactory.getLogger(StopGuard.class);
    private final BundleContext context;
    private final LeaseBook leases;

    StopGuard(BundleContext context, LeaseBook leases) {
        this.context = context;
        this.leases = leases;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        if (event.getType() != BundleEvent.STOPPING
                || bundle.getBundleId() == 0
                // the kernel host ends, and its sandboxes with it
                || context.getBundle(0).getState() == Bundle.STOPPING) {
            return;
        }
        if (!leases.awaitFree(bundle.getBundleId(), LIMIT.toNanos())) {
            logger.warn(
                    "{} {} is stopped under sandboxes that use it: {}",
                    bundle.getSymbolicName(),
                    bundle.getVersion(),
                    String.join(", ", leases.holders(bundle.getBundleId())));
        }
    }
}
