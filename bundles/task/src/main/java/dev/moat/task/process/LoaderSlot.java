package dev.moat.task.process;

import dev.moat.api.exec.ProgramLoader;
import java.util.concurrent.atomic.AtomicReference;

/** Where execve(2) finds the loader of the moment: the service may change while sandboxes run. */
public final class LoaderSlot {
    private final AtomicReference<ProgramLoader> current = new AtomicReference<>();

    public void set(ProgramLoader loader) {
        current.set(loader);
    }

    /** Forgets {@code loader} unless another one has taken its place. */
    public void unset(ProgramLoader loader) {
        current.compareAndSet(loader, null);
    }

    /**
     * The loader.
     *
     * @throws dev.moat.abi.ErrnoException ENOEXEC while there is none: no binary format is known
     *     then
     */
    ProgramLoader get() {
        ProgramLoader loader = current.get();
        if (loader == null) {
            throw dev.moat.abi.Errno.ENOEXEC.exception();
        }
        return loader;
    }
}
