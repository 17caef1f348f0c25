package dev.moat.api.vfs;

import dev.moat.api.task.Task;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of file system: an OSGi service of its bundle. Whoever writes a file system starts here.
 */
@ConsumerType
public interface FilesystemType {
    /** Name as mount(2) and /proc/filesystems know it. */
    String name();

    /**
     * Opens an instance.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for options it does not know, ENOENT, ENOTDIR...
     */
    Filesystem open(MountRequest request);

    /**
     * As {@link #open(MountRequest)}, when a task mounts: some types show what the task's
     * namespaces have.
     */
    default Filesystem open(MountRequest request, Task mounter) {
        return open(request);
    }

    /**
     * The options that {@link #open} knows, by name, so that they can be checked one by one:
     * fsconfig(2).
     */
    default Map<String, OptionKind> options() {
        return Map.of();
    }

    /** Closes an instance that is mounted nowhere any more and has no open files. */
    void close(Filesystem filesystem);
}
