package dev.moat.launcher;

import dev.moat.api.swap.Revisions;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/**
 * Registers {@link Revisions} with the framework itself, before any bundle starts: whoever launches
 * a kernel gives one to Felix as {@code felix.systembundle.activators}, and sets {@code
 * org.osgi.framework.bsnversion} to {@code multiple}.
 */
public final class RevisionsActivator implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        var leases = new LeaseBook();
        context.addBundleListener(new StopGuard(context, leases));
        context.registerService(Revisions.class, new FrameworkRevisions(context, leases), null);
    }

    @Override
    public void stop(BundleContext context) {
        // the framework takes listeners and services back
    }
}
