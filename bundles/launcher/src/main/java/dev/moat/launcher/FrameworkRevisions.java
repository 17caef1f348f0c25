package dev.moat.launcher;

import dev.moat.api.subsystem.Subsystem;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Stateless;
import dev.moat.api.swap.SwapException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** The kernel's bundles of one framework. */
@Stateless("the framework's")
final class FrameworkRevisions implements Revisions {
    private static final int RUNNING = Bundle.ACTIVE | Bundle.STARTING;
    private static final long REFRESH_LIMIT_S = 10;
    private static final long NS_PER_MS = 1_000_000;

    private final BundleContext context;
    private final LeaseBook leases;
    private final ComponentWait components;
    private final UsedServices usedServices;
    private final AtomicLong installations = new AtomicLong();

    /** Ids of bundles that new sandboxes do not get. */
    private final Set<Long> withheld = ConcurrentHashMap.newKeySet();

    /**
     * @param context of the framework's own bundle
     */
    FrameworkRevisions(BundleContext context, LeaseBook leases) {
        this.context = context;
        this.leases = leases;
        this.components = new ComponentWait(context);
        this.usedServices = new UsedServices(context.getBundle(0));
    }

    @Override
    public Revision install(URI location) {
        BundleFile file = BundleFile.read(location);
        Bundle bundle;
        try (InputStream content = file.open()) {
            // a location is installed once only, but a file may have been changed since
            String unique = location + "#" + installations.incrementAndGet();
            bundle = context.installBundle(unique, content);
        } catch (BundleException | IOException e) {
            throw new SwapException(
                    location + " cannot be installed: " + Diagnosis.firstLine(e.getMessage()), e);
        }
        withheld.add(bundle.getBundleId());
        try {
            new Resolution(context).resolve(bundle, location);
            return revision(bundle)
                    .orElseThrow(() ->
                            new SwapException(
                                    location
                                            + " is no kernel bundle: its manifest has no capability "
                                            + Subsystem.NAMESPACE));
        } catch (RuntimeException e) {
            remove(bundle);
            throw e;
        }
    }

    @Override
    public void start(Revision revision) {
        Bundle bundle = require(revision);
        try {
            bundle.start(Bundle.START_TRANSIENT);
        } catch (BundleException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new SwapException(
                    revision + " does not start: " + Diagnosis.firstLine(String.valueOf(cause)), e);
        }
        components.await(bundle, revision);
    }

    @Override
    public void offer(Revision revision) {
        withheld.remove(revision.id());
    }

    @Override
    public void withhold(Revision revision) {
        withheld.add(revision.id());
    }

    @Override
    public void uninstall(Revision revision) {
        List<String> holders = holders(revision);
        if (!holders.isEmpty()) {
            throw new SwapException(revision + " is in use by " + String.join(", ", holders));
        }
        Bundle bundle = context.getBundle(revision.id());
        if (bundle != null) {
            remove(bundle);
        }
    }

    @Override
    public List<Revision> installed() {
        return Arrays.stream(context.getBundles())
                .sorted(Comparator.comparingLong(Bundle::getBundleId))
                .flatMap(bundle -> revision(bundle).stream())
                .toList();
    }

    @Override
    public List<Revision> offered() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> (bundle.getState() & RUNNING) != 0)
                .filter(bundle -> !withheld.contains(bundle.getBundleId()))
                .sorted(Comparator.comparingLong(Bundle::getBundleId))
                .flatMap(bundle -> revision(bundle).stream())
                .toList();
    }

    @Override
    public Map<String, Object> components(Revision revision) {
        Map<String, Object> services = new LinkedHashMap<>();
        ServiceReference<?>[] references = require(revision).getRegisteredServices();
        if (references == null) {
            return services;
        }
        for (ServiceReference<?> reference : references) {
            Object name = reference.getProperty("component.name");
            Object service = context.getService(reference);
            if (name == null) {
                continue;
            }
            if (service == null) {
                throw new SwapException(
                        revision + " does not start: its component " + name + " fails");
            }
            services.put(name.toString(), service);
        }
        return services;
    }

    @Override
    public ClassLoader classLoader(Revision revision) {
        return require(revision).adapt(BundleWiring.class).getClassLoader();
    }

    @Override
    public void lease(Revision revision, String holder) {
        require(revision);
        leases.add(revision.id(), holder);
    }

    @Override
    public void release(Revision revision, String holder) {
        leases.remove(revision.id(), holder);
    }

    @Override
    public List<String> holders(Revision revision) {
        return leases.holders(revision.id());
    }

    /** Where the content of a bundle came from, of whatever is behind its location. */
    static URI origin(String location) {
        // bundles of the distribution are installed by reference, others under unique locations
        String address = location.replaceFirst("^reference:", "");
        int number = address.lastIndexOf('#');
        return URI.create(number < 0 ? address : address.substring(0, number));
    }

    private Bundle require(Revision revision) {
        Bundle bundle = context.getBundle(revision.id());
        if (bundle == null) {
            throw new SwapException(revision + " is not installed any more");
        }
        return bundle;
    }

    private static Optional<Revision> revision(Bundle bundle) {
        List<String> subsystems = BundleFile.subsystems(bundle);
        return subsystems.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Revision(
                                bundle.getBundleId(),
                                bundle.getSymbolicName(),
                                bundle.getVersion().toString(),
                                subsystems,
                                origin(bundle.getLocation()).toString(),
                                bundle.getLastModified() * NS_PER_MS));
    }

    private void remove(Bundle bundle) {
        try {
            bundle.uninstall();
        } catch (BundleException | IllegalStateException e) {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                throw new SwapException(
                        bundle.getSymbolicName()
                                + " cannot be uninstalled: "
                                + Diagnosis.firstLine(e.getMessage()),
                        e);
            }
        }
        withheld.remove(bundle.getBundleId());
        dropClasses(bundle);
        usedServices.forget(bundle);
    }

    /** An uninstalled bundle keeps its classes until it is refreshed. */
    private void dropClasses(Bundle bundle) {
        var refreshed = new CountDownLatch(1);
        context.getBundle(0)
                .adapt(FrameworkWiring.class)
                .refreshBundles(Set.of(bundle), _ -> refreshed.countDown());
        try {
            if (!refreshed.await(REFRESH_LIMIT_S, TimeUnit.SECONDS)) {
                throw new SwapException("the framework does not drop " + bundle.getSymbolicName());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
