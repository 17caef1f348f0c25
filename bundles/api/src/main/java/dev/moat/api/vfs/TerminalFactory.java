package dev.moat.api.vfs;

import dev.moat.api.sandbox.Sandbox;
import org.osgi.annotation.versioning.ProviderType;

/**
 * OSGi service of the device bundle: pseudo terminals for the operator's console and host
 * descriptors as files.
 */
@ProviderType
public interface TerminalFactory {
    /**
     * Makes a pseudo terminal of the sandbox' devpts whose master is pumped from and to host
     * descriptors.
     *
     * @return the console; closing it hangs up
     */
    Console openConsole(Sandbox sandbox, int inputFd, int outputFd, int rows, int columns);

    /** An operator's console. */
    interface Console extends AutoCloseable {
        /** The slave, a new reference owned by the caller; for descriptors 0, 1, 2. */
        FileDescription slave();

        /** Guest path, {@code /dev/pts/0}. */
        String path();

        void resize(int rows, int columns);

        /** Hangs up, after output was drained. */
        @Override
        void close();
    }
}
