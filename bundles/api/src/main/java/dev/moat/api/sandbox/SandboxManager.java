package dev.moat.api.sandbox;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service: the sandboxes of this kernel host. Thread safe. */
@ProviderType
public interface SandboxManager {
    /**
     * Creates a sandbox and starts its first process.
     *
     * @throws SandboxException with one line for the operator and an exit code as Docker's (125 for
     *     Moat's own errors, 126 not runnable, 127 not found)
     */
    Sandbox start(SandboxSpec spec);

    /** Live sandboxes in order of creation. */
    List<Sandbox> sandboxes();

    Optional<Sandbox> sandbox(String name);
}
