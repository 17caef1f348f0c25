package dev.moat.api.swap;

import dev.moat.api.sandbox.Sandbox;
import org.osgi.annotation.versioning.ProviderType;

/** What objects from a checkpoint get their host resources from. */
@ProviderType
public interface Restoration {
    /** The sandbox that comes back. Its platform is not there yet. */
    Sandbox sandbox();

    /**
     * The host descriptor that stands for a standard stream of the sandbox now; it stays the
     * restorer's, who wants it duplicated.
     *
     * @param index 0, 1 or 2
     */
    int standardStream(int index);
}
