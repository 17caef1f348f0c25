package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.subsystem.NeedsSubsystem;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;

/**
 * The type {@code overlay}. Layers come resolved in the request: the upper directory first, then
 * the lower ones.
 */
@NeedsSubsystem(name = "fs", impl = "tmpfs") // the upper layer of every root
@Component(service = FilesystemType.class, property = "moat.filesystem=overlay")
public final class OverlayFilesystemType implements FilesystemType {
    /** Options that are understood; the VFS resolves the directories they name. */
    private static final Set<String> OPTIONS =
            Set.of(
                    "lowerdir",
                    "lowerdir+",
                    "upperdir",
                    "workdir",
                    "redirect_dir",
                    "index",
                    "metacopy",
                    "xino");

    @Override
    public String name() {
        return "overlay";
    }

    @Override
    public Filesystem open(MountRequest request) {
        if (!OPTIONS.containsAll(request.options().keySet()) || request.layers().isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        for (Inode layer : request.layers()) {
            if (!FileMode.S_ISDIR(layer.mode())) {
                throw Errno.ENOTDIR.exception();
            }
        }
        return new OverlayFilesystem(this, request);
    }

    @Override
    public Map<String, OptionKind> options() {
        return OPTIONS.stream().collect(Collectors.toMap(name -> name, name -> OptionKind.TEXT));
    }

    @Override
    public void close(Filesystem filesystem) {
        // Layers belong to whoever opened them; inodes vanish with their last user.
    }
}
