package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountRequest;
import java.util.Set;
import org.osgi.service.component.annotations.Component;

/** The type {@code erofs}: the source of a mount is the path of an image. */
@Component(service = FilesystemType.class, property = "moat.filesystem=erofs")
public final class ErofsType implements FilesystemType {
    /** They choose between things that make no difference here. */
    private static final Set<String> CACHE_STRATEGIES =
            Set.of("disabled", "readahead", "readaround");

    private static final Set<String> FLAGS = Set.of("user_xattr", "nouser_xattr", "acl", "noacl");

    @Override
    public String name() {
        return "erofs";
    }

    /** Without a task there is nobody who opens the image: EINVAL. */
    @Override
    public Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        request.options().forEach(ErofsType::check);
        Inode file = request.layers().getFirst();
        Image image = new Image(file.open(mounter, OpenFlags.O_RDONLY));
        try {
            return new ErofsFilesystem(this, request, image);
        } catch (dev.moat.abi.ErrnoException e) {
            image.close();
            throw e;
        }
    }

    private static void check(String key, String value) {
        boolean known =
                key.equals("cache_strategy")
                        ? CACHE_STRATEGIES.contains(value)
                        : FLAGS.contains(key) && value.isEmpty();
        if (!known) {
            throw Errno.EINVAL.exception();
        }
    }

    @Override
    public void close(Filesystem filesystem) {
        ((ErofsFilesystem) filesystem).close();
    }
}
