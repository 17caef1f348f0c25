package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.ipc.IpcNamespace;
import org.osgi.service.component.annotations.Component;

/** The type {@code mqueue}: message queues as files, mq_overview(7). */
@Component(service = FilesystemType.class, property = "moat.filesystem=mqueue")
public final class MqueueType implements FilesystemType {
    @Override
    public String name() {
        return "mqueue";
    }

    @Override
    public Filesystem open(MountRequest request) {
        if (!request.options().isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return IpcNamespace.of(request.sandbox()).queues().mounted();
    }

    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        if (!request.options().isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return IpcNamespace.of(mounter).queues().mounted();
    }

    @Override
    public void close(Filesystem filesystem) {
        // Queues outlive mounts.
    }
}
