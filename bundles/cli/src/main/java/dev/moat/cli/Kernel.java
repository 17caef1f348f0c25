package dev.moat.cli;

import java.util.List;

/** A started kernel host, as the commands see it: a source of services. */
public interface Kernel extends AutoCloseable {
    /**
     * Finds the best service of a type.
     *
     * @throws KernelException when no bundle serves it; the message says which bundle is the
     *     reason, if one is known
     */
    <T> T service(Class<T> type);

    /** Finds all services of a type; possibly none. */
    <T> List<T> services(Class<T> type);

    /** Waits until somebody stops the kernel host, as the shell's {@code exit} does. */
    void awaitStop() throws InterruptedException;

    /** Stops all bundles and with them all sandboxes. */
    @Override
    void close();
}
