package dev.moat.fs.dev.terminal;

import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** {@code devpts}: each mount is an instance of its own, as on Linux since 4.7. */
@Component(service = FilesystemType.class, property = "moat.filesystem=devpts")
public final class DevptsType implements FilesystemType {
    @Override
    public String name() {
        return "devpts";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return new DevptsFilesystem(
                this,
                request.sandbox(),
                DevptsOptions.parse(request.options()),
                request.deviceId());
    }

    @Override
    public Map<String, OptionKind> options() {
        return DevptsOptions.KINDS;
    }

    @Override
    public void close(Filesystem filesystem) {
        // Terminals that are open keep what they need.
    }
}
