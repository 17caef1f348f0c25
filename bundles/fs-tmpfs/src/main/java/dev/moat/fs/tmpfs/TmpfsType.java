package dev.moat.fs.tmpfs;

import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** The type {@code tmpfs}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=tmpfs")
public final class TmpfsType implements FilesystemType {
    @Override
    public String name() {
        return "tmpfs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        TmpfsOptions options =
                TmpfsOptions.parse(request.options(), request.sandbox().memory().limitBytes());
        return new TmpfsFilesystem(this, request, options);
    }

    /** The root belongs to who mounts, or to whom he names in his user namespace. */
    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        TmpfsOptions options =
                TmpfsOptions.parse(request.options(), request.sandbox().memory().limitBytes());
        return new TmpfsFilesystem(
                this, request, options.of(mounter.credentials(), request.options().keySet()));
    }

    @Override
    public Map<String, OptionKind> options() {
        return TmpfsOptions.KINDS;
    }

    @Override
    public void close(Filesystem filesystem) {
        ((TmpfsFilesystem) filesystem).close();
    }
}
