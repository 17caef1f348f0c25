package dev.moat.launcher;

import dev.moat.api.mm.KernelHeap;
import dev.moat.api.swap.Revisions;
import dev.moat.cli.Kernel;
import dev.moat.cli.KernelException;
import dev.moat.cli.KernelHomes;
import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;

/**
 * A running Felix with the bundles of a distribution. Services are looked up by type; the newest
 * and best one wins.
 */
final class FelixKernel implements Kernel {
    /**
     * Where the packages that bundles get from the class path are remembered inside a bundle cache.
     */
    private static final String PACKAGES = "packages";

    /** The services that the framework itself gets, for those who resolve a kernel beforehand. */
    private static final String SERVICES =
            "osgi.service;objectClass:List<String>=\""
                    + Revisions.class.getName()
                    + ","
                    + KernelHeap.class.getName()
                    + "\";effective:=active";

    private final Framework framework;

    private FelixKernel(Framework framework) {
        this.framework = framework;
    }

    /**
     * Starts Felix and all bundles that the use needs; returns when the last start level is
     * reached.
     *
     * @param caches a directory that Moat may write to
     * @throws KernelException when the framework or one of the bundles does not start; the message
     *     names it
     */
    static FelixKernel start(Distribution distribution, Path caches, KernelUse use) {
        List<Distribution.Entry> bundles = distribution.bundles(use);
        var cache = new BundleCache(caches, use, distribution.fingerprint(use));
        try {
            Path shared = cache.directory(fresh -> install(distribution, bundles, fresh));
            // a host that may install bundles writes to a cache of its own
            Path directory = use == KernelUse.COMMAND ? shared : PrivateCache.copy(shared, caches);
            String packages = Files.readString(directory.resolve(PACKAGES));
            Map<String, Object> configuration = configuration(directory.resolve("felix"), packages);
            configuration.put(
                    Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(lastLevel(bundles)));
            if (use != KernelUse.COMMAND) {
                watchLoadDirectory(distribution, configuration);
            }
            if (use == KernelUse.SCRIPT) {
                // nobody types: the commands come through CommandShell
                configuration.put("gosh.args", "--nointeractive --noshutdown");
                System.setProperty("org.jline.terminal.dumb", "true");
            }
            // where Gogo finds etc/gosh_profile
            String profile = use == KernelUse.SCRIPT ? "script" : "shell";
            configuration.put(
                    "gosh.home", distribution.home().resolve("conf").resolve(profile).toString());
            // JLine looks for its terminals with the context class loader: without one it asks its
            // own
            Thread.currentThread().setContextClassLoader(null);
            configuration.put(
                    FelixConstants.SYSTEMBUNDLE_ACTIVATORS_PROP, List.of(new RevisionsActivator()));
            Framework framework = newFramework(configuration);
            framework.start();
            return new FelixKernel(framework);
        } catch (IOException | BundleException e) {
            throw new KernelException("the kernel does not start: " + e.getMessage(), e);
        }
    }

    /**
     * Asks the framework what it and the class path offer to bundles; none is installed.
     *
     * @throws KernelException when it does not answer
     */
    static KernelHomes.Offered offered(Distribution distribution) {
        try {
            Path storage = Files.createTempDirectory("moat-framework-");
            try {
                Framework framework =
                        newFramework(configuration(storage, distribution.classPathPackages()));
                framework.init();
                Dictionary<String, String> headers = framework.getHeaders("");
                var offered =
                        new KernelHomes.Offered(
                                headers.get(Constants.EXPORT_PACKAGE),
                                headers.get(Constants.PROVIDE_CAPABILITY));
                framework.stop();
                framework.waitForStop(10_000);
                return offered;
            } finally {
                BundleCache.delete(storage);
            }
        } catch (IOException | BundleException e) {
            throw new KernelException("the framework does not start: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelException("interrupted while the framework started", e);
        }
    }

    @Override
    public <T> T service(Class<T> type) {
        BundleContext context = framework.getBundleContext();
        ServiceReference<T> reference = context.getServiceReference(type);
        T service = reference == null ? null : context.getService(reference);
        if (service == null) {
            throw new KernelException(new Diagnosis(context).missing(type.getName()));
        }
        return service;
    }

    @Override
    public <T> List<T> services(Class<T> type) {
        BundleContext context = framework.getBundleContext();
        try {
            return context.getServiceReferences(type, null).stream()
                    .sorted(Comparator.reverseOrder())
                    .map(context::getService)
                    .filter(Objects::nonNull)
                    .toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    @Override
    public void close() {
        try {
            framework.stop();
            framework.waitForStop(5_000);
        } catch (BundleException e) {
            throw new KernelException("the kernel does not stop: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void awaitStop() throws InterruptedException {
        framework.waitForStop(0);
    }

    /** Installs all bundles into a new cache and marks them as started; none of their code runs. */
    private static void install(
            Distribution distribution, List<Distribution.Entry> bundles, Path directory)
            throws IOException {
        String packages = distribution.classPathPackages();
        Framework framework = newFramework(configuration(directory.resolve("felix"), packages));
        try {
            framework.init();
            BundleContext context = framework.getBundleContext();
            for (Distribution.Entry entry : bundles) {
                Bundle bundle = context.installBundle("reference:" + entry.jar().toUri());
                bundle.adapt(BundleStartLevel.class).setStartLevel(entry.startLevel());
                if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
                    bundle.start(Bundle.START_ACTIVATION_POLICY);
                }
            }
            framework.stop();
            framework.waitForStop(10_000);
        } catch (BundleException e) {
            throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        Files.writeString(directory.resolve(PACKAGES), packages);
    }

    private static Map<String, Object> configuration(Path storage, String packages) {
        Map<String, Object> configuration = new HashMap<>();
        configuration.put(Constants.FRAMEWORK_STORAGE, storage.toString());
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, packages);
        // many kernels read one cache: see BundleCache
        configuration.put("felix.cache.locking", "false");
        // two revisions of a bundle live beside each other while one takes the place of the other
        configuration.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
        configuration.put(Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA, SERVICES);
        // nobody opens bundle: addresses by name
        configuration.put("felix.service.urlhandlers", "false");
        return configuration;
    }

    /**
     * What fileinstall looks for, if the bundle is there; it would make a directory where the
     * program was started if it was told nothing.
     */
    private static void watchLoadDirectory(
            Distribution distribution, Map<String, Object> configuration) {
        String own = configuration.get(Constants.FRAMEWORK_STORAGE) + "/fileinstall";
        Path load = distribution.home().resolve("load");
        configuration.put(
                "felix.fileinstall.dir", Files.isDirectory(load) ? load.toString() : own + "/load");
        configuration.put("felix.fileinstall.filter", ".*\\.jar");
        configuration.put("felix.fileinstall.poll", "1000");
        configuration.put("felix.fileinstall.noInitialDelay", "true");
        configuration.put("felix.fileinstall.log.level", "1");
        configuration.put("felix.fileinstall.tmpdir", own);
    }

    /** Not by the factory of OSGi, which takes strings only. */
    private static Framework newFramework(Map<String, Object> configuration) {
        return new Felix(configuration);
    }

    private static int lastLevel(List<Distribution.Entry> bundles) {
        return bundles.stream().mapToInt(Distribution.Entry::startLevel).max().orElse(1);
    }
}
