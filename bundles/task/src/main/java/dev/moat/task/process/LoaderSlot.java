package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.lib.service.RevisionedServices;
import java.util.Map;
import java.util.Optional;

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
        return find(sandbox).orElseThrow(Errno.ENOEXEC::exception);
    }

    /**
     * Has the vDSO of {@code target} show the clocks of {@code time}. Without a loader it makes
     * system calls anyway.
     */
    public void setClocks(Sandbox sandbox, MemoryManager target, Namespace time) {
        find(sandbox).ifPresent(loader -> loader.setClocks(sandbox, target, time));
    }

    private Optional<ProgramLoader> find(Sandbox sandbox) {
        return loaders.newest(revision -> sandbox.leases().holds(revision));
    }
}
