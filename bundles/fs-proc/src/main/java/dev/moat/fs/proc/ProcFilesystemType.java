package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import dev.moat.api.vfs.ProcProvider;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The type {@code proc}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=proc")
public final class ProcFilesystemType implements FilesystemType, SharedParts {
    /** proc(5). */
    private static final Set<String> OPTIONS = Set.of("hidepid", "gid", "subset");

    private final HostFiles hostFiles;
    private final HostSystem hostSystem;
    private final ForeignFiles foreign = new ForeignFiles();

    @Activate
    public ProcFilesystemType(@Reference HostFiles hostFiles, @Reference HostSystem hostSystem) {
        this.hostFiles = hostFiles;
        this.hostSystem = hostSystem;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addProvider(ProcProvider provider, Map<String, Object> properties) {
        foreign.add(provider, properties);
    }

    void removeProvider(ProcProvider provider) {
        foreign.remove(provider);
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("foreign", foreign);
    }

    @Override
    public String name() {
        return "proc";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return open(request, PidView.First.INSTANCE, UserView.First.INSTANCE);
    }

    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        return open(request, mounter.pids(), mounter.credentials().space());
    }

    private Filesystem open(MountRequest request, PidView pids, UserView users) {
        if (!OPTIONS.containsAll(request.options().keySet())) {
            throw Errno.EINVAL.exception();
        }
        try {
            Visibility wanted = Visibility.ALL.with(request.options(), users);
            return new ProcFilesystem(this, request, pids, wanted, hostFiles, hostSystem, foreign);
        } catch (FilesystemComplaint e) {
            throw Errno.EINVAL.exception();
        }
    }

    @Override
    public Map<String, OptionKind> options() {
        return Map.of(
                "hidepid", OptionKind.TEXT, "gid", OptionKind.NUMBER, "subset", OptionKind.TEXT);
    }

    @Override
    public void close(Filesystem filesystem) {
        // Nothing is held.
    }
}
