package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import org.osgi.service.component.annotations.Component;

/** The type {@code fuse}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=fuse")
public final class FuseType implements FilesystemType {
    @Override
    public String name() {
        return "fuse";
    }

    /** Without a task there is no descriptor to name: EINVAL. */
    @Override
    public Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        FuseOptions options = FuseOptions.parse(request.options(), mounter.credentials().space());
        FileDescription file = mounter.files().tryAcquire(options.device());
        if (file == null) {
            throw Errno.EINVAL.exception();
        }
        try {
            if (!(file instanceof FuseChannel channel)) {
                throw Errno.EINVAL.exception();
            }
            FuseFilesystem filesystem =
                    new FuseFilesystem(this, request, options, FuseChannel.newConnection(mounter));
            channel.connect(filesystem);
            filesystem.connection().greet();
            return filesystem;
        } finally {
            file.release();
        }
    }

    @Override
    public void close(Filesystem filesystem) {
        ((FuseFilesystem) filesystem).connection().abort();
        ((FuseFilesystem) filesystem).nodes().close();
    }
}
