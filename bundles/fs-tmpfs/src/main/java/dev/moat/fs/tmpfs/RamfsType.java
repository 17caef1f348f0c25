package dev.moat.fs.tmpfs;

import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Component;

/** The type {@code ramfs}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=ramfs")
public final class RamfsType implements FilesystemType {
    @Override
    public String name() {
        return "ramfs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return new RamfsFilesystem(this, request, TmpfsOptions.ofRamfs(request.options()));
    }

    /** The root belongs to who mounts. */
    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        TmpfsOptions options = TmpfsOptions.ofRamfs(request.options());
        return new RamfsFilesystem(this, request, options.of(mounter.credentials(), Set.of()));
    }

    /** It takes what people give a tmpfs, and looks at the mode only. */
    @Override
    public Map<String, OptionKind> options() {
        return TmpfsOptions.KINDS;
    }

    @Override
    public void close(Filesystem filesystem) {
        ((RamfsFilesystem) filesystem).close();
    }
}
