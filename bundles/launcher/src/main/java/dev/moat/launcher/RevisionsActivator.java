package dev.moat.launcher;

import dev.moat.api.mm.KernelHeap;
import dev.moat.api.swap.Revisions;
import java.util.Map;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;

/**
 * Registers {@link Revisions} and {@link KernelHeap} with the framework itself, before any bundle
 * starts: whoever launches a kernel gives one to Felix as {@code felix.systembundle.activators},
 * and sets {@code org.osgi.framework.bsnversion} to {@code multiple}.
 */
public final class RevisionsActivator implements BundleActivator {
    @Override
    public void start(BundleContext own) {
        // a bundle of the tests may start it, too
        BundleContext context = own.getBundle(0).getBundleContext();
        var leases = new LeaseBook();
        context.addBundleListener(new StopGuard(context, leases));
        var revisions = new FrameworkRevisions(context, leases);
        context.registerService(Revisions.class, revisions, null);
        context.registerService(
                KernelHeap.class, new KernelHeap(Runtime.getRuntime().maxMemory()), null);
        context.registerService(
                BundleCommands.class,
                new BundleCommands(context, revisions),
                FrameworkUtil.asDictionary(
                        Map.of(
                                "osgi.command.scope",
                                "felix",
                                "osgi.command.function",
                                BundleCommands.FUNCTIONS,
                                // before Felix' own
                                Constants.SERVICE_RANKING,
                                1000)));
    }

    @Override
    public void stop(BundleContext context) {
        // the framework takes listeners and services back
    }
}
