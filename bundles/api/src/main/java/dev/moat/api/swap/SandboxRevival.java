package dev.moat.api.swap;

import dev.moat.api.sandbox.Sandbox;
import org.osgi.annotation.versioning.ProviderType;

/**
 * OSGi service of the sandbox bundle: what a sandbox that was read from a checkpoint needs to live.
 */
@ProviderType
public interface SandboxRevival {
    /**
     * Takes what a sandbox needs of this kernel host: a name, leases, a platform.
     *
     * @param state the sandbox object that was read; its {@link HostBound} parts are missing
     * @throws dev.moat.api.sandbox.SandboxException the name is taken, or there is no such platform
     */
    Revived begin(Sandbox state, CheckpointService.Restore request);

    /**
     * Ends all tasks of a sandbox; it is at its safe point, and when that is left no task makes a
     * system call or runs guest code any more.
     */
    void condemn(Sandbox sandbox);

    /** A sandbox on its way. Closed before {@link #start}, everything is given back. */
    interface Revived extends AutoCloseable {
        /** For {@link Reopenable#reopen}. */
        Restoration restoration();

        /** Gives it a platform; memory is there. */
        void openPlatform();

        /** Lets its tasks go on, and operators see it. */
        void start();

        @Override
        void close();
    }
}
