package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.lib.service.RevisionedServices;
import java.util.Map;

/** Where execve(2) finds the loader: the service may change while sandboxes run. */
public final class LoaderSlot {
    @Derived("what bundles offer is no state")
    private final RevisionedServices<ProgramLoader> loaders = new RevisionedServices<>();

    /**
     * Adds a loader.
     *
     * @param properties of its service
     */
    public void add(ProgramLoader loader, Map<String, ?> properties) {
        loaders.add(loader, properties);
    }

    public void remove(ProgramLoader loader) {
        loaders.remove(loader);
    }

    /**
     * The loader that serves {@code sandbox} now.
     *
     * @throws dev.moat.abi.ErrnoException ENOEXEC while there is none: no binary format is known
     *     then
     */
    ProgramLoader get(Sandbox sandbox) {
        return loaders.newest(revision -> sandbox.leases().holds(revision))
                .orElseThrow(Errno.ENOEXEC::exception);
    }
}
