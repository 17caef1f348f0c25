package dev.moat.api.syscall;

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

    /** The dispatcher for a new sandbox; it follows the table from then on. */
    SyscallDispatcher newDispatcher(String sandboxName);

    /** One served call. */
    record Entry(int number, String name, Support support, String note, String subsystem) {}
}
