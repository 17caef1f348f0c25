package dev.moat.example.tally;

import dev.moat.abi.Errno;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import org.osgi.service.component.annotations.Component;

/** {@code mount -t tally}: it knows no options. */
@Component(service = FilesystemType.class, property = "moat.filesystem=tally")
public final class TallyType implements FilesystemType {
    @Override
    public String name() {
        return "tally";
    }

    @Override
    public Filesystem open(MountRequest request) {
        if (!request.options().isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        return new TallyFilesystem(
                this, request.sandbox().clock().realtimeNs(), request.deviceId());
    }

    @Override
    public void close(Filesystem filesystem) {
        // Nothing but memory.
    }
}
