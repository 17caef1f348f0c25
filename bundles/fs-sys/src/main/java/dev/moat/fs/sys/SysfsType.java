package dev.moat.fs.sys;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostSystem;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** {@code sysfs}. It knows no options. */
@Component(service = FilesystemType.class, property = "moat.filesystem=sysfs")
public final class SysfsType implements FilesystemType {
    private final HostSystem host;
    private final HostFiles files;

    @Activate
    public SysfsType(@Reference HostSystem host, @Reference HostFiles files) {
        this.host = host;
        this.files = files;
    }

    @Override
    public String name() {
        return "sysfs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        if (!request.options().isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        SysFilesystem filesystem = new SysFilesystem(this, request.sandbox(), request.deviceId());
        new SystemTree(host, files, request.sandbox()).addTo(filesystem.root());
        return filesystem;
    }

    @Override
    public void close(Filesystem filesystem) {
        // Nothing but memory.
    }
}
