package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The type {@code proc}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=proc")
public final class ProcFilesystemType implements FilesystemType {
    /** Understood and without effect on a sandbox with one pid namespace, proc(5). */
    private static final Set<String> OPTIONS = Set.of("hidepid", "gid", "subset");

    private final HostFiles hostFiles;
    private final HostSystem hostSystem;

    @Activate
    public ProcFilesystemType(@Reference HostFiles hostFiles, @Reference HostSystem hostSystem) {
        this.hostFiles = hostFiles;
        this.hostSystem = hostSystem;
    }

    @Override
    public String name() {
        return "proc";
    }

    @Override
    public Filesystem open(MountRequest request) {
        if (!OPTIONS.containsAll(request.options().keySet())) {
            throw Errno.EINVAL.exception();
        }
        return new ProcFilesystem(this, request, hostFiles, hostSystem);
    }

    @Override
    public void close(Filesystem filesystem) {
        // Nothing is held.
    }
}
