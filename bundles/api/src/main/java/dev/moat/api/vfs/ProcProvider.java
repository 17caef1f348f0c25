package dev.moat.api.vfs;

import dev.moat.api.task.Task;
import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * OSGi service of a bundle that has files in {@code /proc}: what they say is its business, where
 * they are is that of the proc file system. They are there as long as the bundle serves the
 * sandbox. Thread safe.
 */
@ConsumerType
public interface ProcProvider {
    /**
     * The files: path below {@code /proc} ({@code sysvipc/shm}, {@code sys/kernel/sem}) and
     * permissions. The same each time.
     */
    Map<String, Integer> procFiles();

    /** The whole text of a file now, as a guest string. */
    String renderProc(String path, Task reader);

    /**
     * Takes what was written to a file that its permissions let be written.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: not a value of it
     */
    void acceptProc(String path, Task writer, String value);
}
