package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;

/** The type {@code cgroup2}. Its root is the group that the mounter's namespace has as root. */
@Component(service = FilesystemType.class, property = "moat.filesystem=cgroup2")
public final class CgroupType implements FilesystemType {
    private static final String PART = "cgroup2.filesystem";

    /** All of them are in force, or have no effect without what they are about. */
    private static final Set<String> OPTIONS =
            Set.of("nsdelegate", "memory_recursiveprot", "favordynmods", "memory_localevents");

    @Override
    public String name() {
        return "cgroup2";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return open(request, Cgroups.of(request.sandbox()).root());
    }

    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        Cgroups tree = Cgroups.of(request.sandbox());
        return open(request, tree.rootOf(mounter.namespaces().get(NamespaceKind.CGROUP)));
    }

    private Filesystem open(MountRequest request, Cgroup root) {
        if (!OPTIONS.containsAll(request.options().keySet())) {
            throw Errno.EINVAL.exception();
        }
        CgroupFilesystem home =
                (CgroupFilesystem)
                        request.sandbox()
                                .part(
                                        PART,
                                        () ->
                                                new CgroupFilesystem(
                                                        this,
                                                        request.sandbox(),
                                                        root.tree().root(),
                                                        request.deviceId()));
        return root == root.tree().root() ? home : home.at(root);
    }

    @Override
    public Map<String, OptionKind> options() {
        return OPTIONS.stream().collect(Collectors.toMap(name -> name, name -> OptionKind.FLAG));
    }

    @Override
    public void close(Filesystem filesystem) {
        // Groups outlive mounts.
    }
}
