package dev.moat.mm;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;

/**
 * An empty memory file.
 *
 * @param fd owned by who asked for it
 * @param huge whether mappings of it may get huge pages
 */
record NewMemoryFile(int fd, boolean huge) {
    /** F_SEAL_SHRINK: nobody can truncate the file and so make the kernel host fault. */
    private static final int SEAL_SHRINK = 2;

    /** Makes one, with huge pages where the host has them. */
    static NewMemoryFile make(HostMemory host, HostPages hostPages, String name) {
        int made = host.createHugeMemoryFile(name);
        boolean huge = !HostResult.failed(made);
        int fd = huge ? made : HostResult.orThrow(host.createMemoryFile(name));
        try {
            int sealed = host.addSeals(fd, SEAL_SHRINK);
            // a file of a mounted tmpfs takes no seals
            if (!huge) {
                HostResult.orThrow(sealed);
            }
        } catch (RuntimeException e) {
            hostPages.close(fd);
            throw e;
        }
        return new NewMemoryFile(fd, huge);
    }
}
