package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/**
 * {@code devtmpfs}: each mount is a tree of its own (a sandbox has one). Options: {@code mode=}
 * (octal, of the root); {@code size=} and {@code nr_inodes=} are read and have no effect, as the
 * tree holds names and nodes only.
 */
@Component(service = FilesystemType.class, property = "moat.filesystem=devtmpfs")
public final class DevtmpfsType implements FilesystemType {
    @Override
    public String name() {
        return "devtmpfs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        int mode = 0755;
        for (Map.Entry<String, String> option : request.options().entrySet()) {
            switch (option.getKey()) {
                case "mode" -> mode = parseMode(option.getValue());
                case "size", "nr_inodes", "nr_blocks" -> {}
                default -> throw Errno.EINVAL.exception();
            }
        }
        DevFilesystem filesystem = new DevFilesystem(this, request, mode);
        StandardNodes.addTo(filesystem.root());
        return filesystem;
    }

    @Override
    public Map<String, OptionKind> options() {
        return Map.of(
                "mode", OptionKind.OCTAL,
                "size", OptionKind.SIZE,
                "nr_inodes", OptionKind.SIZE,
                "nr_blocks", OptionKind.SIZE);
    }

    @Override
    public void close(Filesystem filesystem) {
        // Nothing but memory.
    }

    private static int parseMode(String octal) {
        try {
            int mode = Integer.parseInt(octal, 8);
            if (mode < 0 || mode > 07777) {
                throw Errno.EINVAL.exception();
            }
            return mode;
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}
