package dev.moat.fs.host;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Host directories (or single files) by path. Only the operator's side opens instances; a guest's
 * mount(2) of this type is refused by the VFS.
 *
 * <p>Option {@code cache=loose}: names do not change behind the sandbox' back (an overlay's lower
 * layer); default {@code cache=none}: every lookup asks the host.
 */
@Component(
        service = FilesystemType.class,
        property = {"moat.filesystem=host", "moat.operator.only:Boolean=true"})
public final class HostFilesystemType implements FilesystemType {
    private final HostFiles files;

    @Activate
    public HostFilesystemType(@Reference HostFiles files) {
        this.files = files;
    }

    @Override
    public String name() {
        return "host";
    }

    @Override
    public Filesystem open(MountRequest request) {
        boolean loose = false;
        Set<String> hidden = Set.of();
        for (Map.Entry<String, String> option : request.options().entrySet()) {
            if (option.getKey().equals("hide")) {
                hidden = Set.of(option.getValue().split(":"));
                continue;
            }
            switch (option.getKey() + "=" + option.getValue()) {
                case "cache=loose" -> loose = true;
                case "cache=none" -> loose = false;
                default -> throw Errno.EINVAL.exception();
            }
        }
        return HostFilesystem.open(this, files, request, loose, hidden);
    }

    @Override
    public void close(Filesystem filesystem) {
        ((HostFilesystem) filesystem).close();
    }
}
