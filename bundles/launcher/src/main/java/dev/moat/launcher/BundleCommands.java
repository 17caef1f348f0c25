package dev.moat.launcher;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;

/**
 * The commands of Felix' shell that would pull a bundle from under sandboxes, instead of Felix'
 * own: {@code felix:stop}, {@code felix:update} and {@code felix:uninstall}. Of a kernel bundle
 * that sandboxes use, a stop is refused and an update is a swap. Other bundles are treated as ever.
 */
public final class BundleCommands {
    static final String[] FUNCTIONS = {"stop", "update", "uninstall"};

    private static final String FORCE = "--force";

    private final BundleContext context;
    private final Revisions revisions;

    BundleCommands(BundleContext context, Revisions revisions) {
        this.context = context;
        this.revisions = revisions;
    }

    /** {@code stop [-t] [--force] BUNDLE...}. */
    public void stop(String[] words) throws BundleException {
        List<String> names = new ArrayList<>(List.of(words));
        boolean force = names.remove(FORCE);
        boolean transientStop = names.remove("-t") | names.remove("--transient");
        for (Bundle bundle : bundles("stop", names)) {
            vacate(bundle, force);
            bundle.stop(transientStop ? Bundle.STOP_TRANSIENT : 0);
        }
    }

    /** {@code uninstall [--force] BUNDLE...}. */
    public void uninstall(String[] words) throws BundleException {
        List<String> names = new ArrayList<>(List.of(words));
        boolean force = names.remove(FORCE);
        for (Bundle bundle : bundles("uninstall", names)) {
            vacate(bundle, force);
            Optional<Revision> kernel = revision(bundle);
            if (kernel.isPresent()) {
                revisions.uninstall(kernel.get());
            } else {
                bundle.uninstall();
            }
        }
    }

    /** {@code update [--force] BUNDLE [FILE]}. */
    public void update(String[] words) throws BundleException, IOException {
        List<String> names = new ArrayList<>(List.of(words));
        boolean force = names.remove(FORCE);
        if (names.isEmpty() || names.size() > 2) {
            throw new IllegalArgumentException("write: update [--force] BUNDLE [FILE]");
        }
        Bundle bundle = bundles("update", List.of(names.getFirst())).getFirst();
        Optional<URI> file =
                Optional.of(names).filter(two -> two.size() == 2).map(two -> uri(two.getLast()));
        if (revision(bundle).isPresent() && !force && swaps().isPresent()) {
            swap(bundle, file);
            return;
        }
        vacate(bundle, force);
        if (file.isEmpty()) {
            bundle.update();
            return;
        }
        try (InputStream content = BundleFile.read(file.get()).open()) {
            bundle.update(content);
        }
    }

    /** Sandboxes that run take the new revision over, all of them or none. */
    private void swap(Bundle bundle, Optional<URI> file) {
        URI content = file.orElseGet(() -> FrameworkRevisions.origin(bundle.getLocation()));
        swaps().orElseThrow()
                .swap(
                        new Request(
                                sandboxes().map(SandboxManager::sandboxes).orElse(List.of()),
                                List.of(new Part(Optional.empty(), content)),
                                Request.SAFE_POINT_LIMIT,
                                Request.PROBATION));
    }

    /**
     * Sees to it that no sandbox uses a bundle.
     *
     * @throws SwapException some do, and shall not be ended
     */
    private void vacate(Bundle bundle, boolean force) {
        Optional<Revision> kernel = revision(bundle);
        if (kernel.isEmpty()) {
            return;
        }
        TreeSet<String> holders = new TreeSet<>(revisions.holders(kernel.get()));
        if (!holders.isEmpty() && !force) {
            throw new SwapException(
                    kernel.get()
                            + " is in use by "
                            + String.join(", ", holders)
                            + "; "
                            + FORCE
                            + " ends them");
        }
        for (String holder : holders) {
            sandboxes().flatMap(manager -> manager.sandbox(holder)).ifPresent(Sandbox::kill);
        }
    }

    private List<Bundle> bundles(String command, List<String> names) {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("write: " + command + " [--force] BUNDLE...");
        }
        return names.stream().map(this::bundle).toList();
    }

    /** By number or symbolic name; of several revisions of a name the newest. */
    private Bundle bundle(String name) {
        return Arrays.stream(context.getBundles())
                .filter(bundle ->
                        name.equals(Long.toString(bundle.getBundleId()))
                                || name.equals(bundle.getSymbolicName()))
                .max((a, b) -> Long.compare(a.getBundleId(), b.getBundleId()))
                .orElseThrow(() -> new IllegalArgumentException("no bundle '" + name + "'"));
    }

    private Optional<Revision> revision(Bundle bundle) {
        return revisions.installed().stream()
                .filter(revision -> revision.id() == bundle.getBundleId())
                .findFirst();
    }

    private static URI uri(String text) {
        return text.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")
                ? URI.create(text)
                : Path.of(text).toAbsolutePath().toUri();
    }

    private Optional<SwapService> swaps() {
        return service(SwapService.class);
    }

    private Optional<SandboxManager> sandboxes() {
        return service(SandboxManager.class);
    }

    private <T> Optional<T> service(Class<T> type) {
        ServiceReference<T> reference = context.getServiceReference(type);
        return Optional.ofNullable(reference).map(context::getService);
    }
}
