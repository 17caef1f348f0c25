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
     * Installs a bundle and resolves it; none of its code runs.
     *
     * @throws SwapException no such file; no bundle; no kernel bundle; it cannot be resolved, with
     *     what is missing
     */
    Revision install(URI location);

    /**
     * Starts an installed revision and waits until its components are active.
     *
     * @throws SwapException it does not start, or a component of it stays unsatisfied: with which
     *     and why
     */
    void start(Revision revision);

    /** Stops and uninstalls a revision and drops its classes. Harmless when repeated. */
    void uninstall(Revision revision);

    /** Installed revisions in order of installation. */
    List<Revision> installed();

    /** Services of an active revision by component name, with what interfaces it offers. */
    Map<String, Object> components(Revision revision);

    /** The loader of its classes. */
    ClassLoader classLoader(Revision revision);

    /**
     * One revision of a kernel bundle.
     *
     * @param id unique in this kernel host, greater than those installed before
     * @param symbolicName of the bundle
     * @param version of the bundle
     * @param subsystems what it serves: names of subsystems ({@code vfs}, {@code mm}, {@code net},
     *     {@code task}, {@code syscall}, {@code loader}, {@code platform:ptrace}, {@code
     *     fs:tmpfs}...)
     * @param location where it was installed from
     * @param installedAtNs realtime nanoseconds
     */
    record Revision(
            long id,
            String symbolicName,
            String version,
            List<String> subsystems,
            String location,
            long installedAtNs) {}
}
