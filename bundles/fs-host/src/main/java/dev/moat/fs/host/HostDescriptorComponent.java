package dev.moat.fs.host;

import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.HostDescriptors;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Host descriptors as guest files; one watcher thread sees when they become ready. */
@Component
public final class HostDescriptorComponent implements HostDescriptors, SharedParts {
    private final HostFiles files;
    private final ReadinessWatcher watcher;

    @Activate
    public HostDescriptorComponent(@Reference HostFiles files) {
        this.files = files;
        this.watcher = new ReadinessWatcher(files);
    }

    @Override
    public FileDescription adopt(Sandbox sandbox, int standardStream, int hostFd, int flags) {
        int own = HostResult.orThrow(files.duplicate(hostFd));
        return HostDescriptorFile.open(
                sandbox, files, watcher, standardStream, own, flags & OpenFlags.O_ACCMODE);
    }

    @Deactivate
    void stop() {
        watcher.close();
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("watcher", watcher);
    }
}
