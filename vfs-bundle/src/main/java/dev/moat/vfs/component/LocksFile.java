package dev.moat.vfs.component;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import dev.moat.vfs.LockListing;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * {@code /proc/locks}. A component of its own, because the proc file system needs it, and the VFS
 * needs the proc file system.
 */
@Component
public final class LocksFile implements ProcProvider {
    private static final Map<String, Integer> FILES = Map.of("locks", 0444);

    @Override
    public Map<String, Integer> procFiles() {
        return FILES;
    }

    @Override
    public String renderProc(String path, Task reader) {
        return new LockListing(reader).all();
    }

    @Override
    public void acceptProc(String path, Task writer, String value) {
        throw Errno.EACCES.exception();
    }
}
