package dev.moat.api.swap;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * OSGi service of the launcher: the installed revisions of the kernel's bundles (those with a
 * {@code moat.subsystem} capability), without OSGi's types. Several revisions of one bundle may be
 * installed and active side by side. Thread safe.
 */
@ProviderType
public interface Revisions {
    /**
     * Installs a bundle and resolves it; none of its code runs. It is withheld from new sandboxes
     * until it is {@linkplain #offer offered}.
     *
     * @throws SwapException no such file; no bundle; no kernel bundle; it cannot be resolved, with
     *     what is missing
     */
    Revision install(URI location);

    /**
     * Starts an installed revision and waits until its components are satisfied.
     *
     * @throws SwapException it does not start, or a component of it stays unsatisfied: with which
     *     and why
     */
    void start(Revision revision);

    /** Lets new sandboxes take a revision; those that came with the distribution are offered. */
    void offer(Revision revision);

    /** Keeps new sandboxes from taking a revision. */
    void withhold(Revision revision);

    /**
     * Stops and uninstalls a revision and drops its classes. Harmless when repeated.
     *
     * @throws SwapException sandboxes hold leases on it
     */
    void uninstall(Revision revision);

    /** Installed revisions in order of installation. */
    List<Revision> installed();

    /** Those that run and that new sandboxes may take, in order of installation. */
    List<Revision> offered();

    /** Services of an active revision by component name. */
    Map<String, Object> components(Revision revision);

    /** The loader of its classes. */
    ClassLoader classLoader(Revision revision);

    /**
     * Counts one use more of a revision. A stop of its bundle waits, for a while, until all are
     * {@linkplain #release given back}; stops through the swap service are refused at once.
     *
     * @param holder name of a sandbox
     * @throws SwapException the revision is no longer there
     */
    void lease(Revision revision, String holder);

    /** Gives one lease back. */
    void release(Revision revision, String holder);

    /** Who holds leases on a revision, once for each lease, sorted. */
    List<String> holders(Revision revision);

    /**
     * One revision of a kernel bundle.
     *
     * @param id unique in this kernel host, greater than those installed before; also the {@code
     *     service.bundleid} of its services
     * @param symbolicName of the bundle
     * @param version of the bundle
     * @param subsystems what it serves: names of subsystems ({@code vfs}, {@code mm}, {@code net},
     *     {@code task}, {@code syscall}, {@code loader}...), of file systems and platforms with
     *     which one ({@code fs:tmpfs}, {@code platform:ptrace})
     * @param location where it was installed from
     * @param installedAtNs realtime nanoseconds
     */
    record Revision(
            long id,
            String symbolicName,
            String version,
            List<String> subsystems,
            String location,
            long installedAtNs) {
        @Override
        public String toString() {
            return symbolicName + " " + version;
        }
    }
}
