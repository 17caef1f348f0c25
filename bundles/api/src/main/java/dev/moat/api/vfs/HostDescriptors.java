package dev.moat.api.vfs;

import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the host file bundle: host descriptors as guest files. */
@ProviderType
public interface HostDescriptors {
    /**
     * A description that reads and writes a host descriptor (a terminal, pipe, file or /dev/null
     * given by the operator). Blocking host I/O never blocks the kernel: readiness is watched.
     *
     * @param standardStream which standard stream of the sandbox it is: 0, 1 or 2
     * @param hostFd duplicated; the given one stays the caller's
     * @param flags O_RDONLY, O_WRONLY or O_RDWR
     */
    FileDescription adopt(
            dev.moat.api.sandbox.Sandbox sandbox, int standardStream, int hostFd, int flags);
}
