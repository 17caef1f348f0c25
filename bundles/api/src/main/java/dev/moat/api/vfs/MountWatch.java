package dev.moat.api.vfs;

import dev.moat.api.task.WaitQueue;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The mounts of one mount namespace, for who waits for changes: /proc/pid/mounts, proc(5). */
@ProviderType
public interface MountWatch {
    /** The mounts now. */
    List<MountInfo> mounts();

    /** Another number after each change: a mount comes, goes, moves, or has other flags. */
    long version();

    /** Woken after each change. */
    WaitQueue changes();
}
