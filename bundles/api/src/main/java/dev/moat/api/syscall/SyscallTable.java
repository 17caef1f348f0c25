package dev.moat.api.syscall;

import dev.moat.api.swap.Leases;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * OSGi service of the syscall bundle: what this kernel host serves, composed from all providers.
 */
@ProviderType
public interface SyscallTable {
    /** Served calls by number. */
    List<Entry> entries();

    /** Numbers of Linux calls that nobody serves. */
    List<Integer> missing();

    /**
     * The dispatcher for a new sandbox. Its calls are those of the revisions that serve the
     * sandbox, now and later; the caller closes it.
     */
    SyscallDispatcher newDispatcher(String sandboxName, Leases leases);

    /** One served call. */
    record Entry(int number, String name, Support support, String note, String subsystem) {}
}
