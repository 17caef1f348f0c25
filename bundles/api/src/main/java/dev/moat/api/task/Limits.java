package dev.moat.api.task;

import dev.moat.abi.Rlimit;
import org.osgi.annotation.versioning.ProviderType;

/** Resource limits of a process: prlimit(2). Index is RLIMIT_*. */
@ProviderType
public interface Limits {
    Rlimit get(int resource);

    /** Soft limit; unlimited is Long.MAX_VALUE when compared as signed. */
    long soft(int resource);

    /** Sets a limit; permission is the caller's business. */
    void set(int resource, Rlimit limit);
}
