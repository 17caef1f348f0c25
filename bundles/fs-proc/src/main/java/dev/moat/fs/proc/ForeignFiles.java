package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.vfs.ProcProvider;
import dev.moat.lib.service.RevisionedServices;
import dev.moat.lib.service.RevisionedServices.Offer;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The files of proc that other bundles answer for. A sandbox sees those of the revisions that serve
 * it.
 */
final class ForeignFiles {
    @Derived("what bundles offer is no state")
    private final RevisionedServices<ProcProvider> providers = new RevisionedServices<>();

    void add(ProcProvider provider, Map<String, ?> properties) {
        providers.add(provider, properties);
    }

    void remove(ProcProvider provider) {
        providers.remove(provider);
    }

    /** Permissions by path, of all that {@code sandbox} has. */
    Map<String, Integer> files(Sandbox sandbox) {
        Map<String, Integer> files = new TreeMap<>();
        for (Offer<ProcProvider> offer : providers.all()) {
            if (serves(sandbox, offer)) {
                offer.service().procFiles().forEach(files::putIfAbsent);
            }
        }
        return files;
    }

    /**
     * Who answers for a file.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: nobody any more
     */
    ProcProvider provider(Sandbox sandbox, String path) {
        Optional<Offer<ProcProvider>> found =
                providers.all().stream()
                        .filter(offer -> offer.service().procFiles().containsKey(path))
                        .filter(offer -> serves(sandbox, offer))
                        .findFirst();
        return found.map(Offer::service).orElseThrow(Errno.ENOENT::exception);
    }

    private static boolean serves(Sandbox sandbox, Offer<ProcProvider> offer) {
        return offer.revision() == RevisionedServices.NONE
                || sandbox.leases().holds(offer.revision())
                || sandbox.leases().take(offer.revision());
    }
}
