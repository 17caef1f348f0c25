package dev.moat.api.vfs;

import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** A mount, as /proc/pid/mountinfo shows it. */
@ProviderType
public interface MountInfo {
    int id();

    int parentId();

    Filesystem filesystem();

    /** Path of the root of the mount within its file system. */
    String rootPath();

    /** Mount point as seen from the namespace's root. */
    String mountPoint();

    /** Mount point as seen from {@code root}; null if it is not below it. */
    @Nullable String mountPointFrom(VfsPath root);

    /** Source as given to mount(2). */
    String source();

    /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_RELATIME... */
    long flags();

    /** Optional fields of /proc/pid/mountinfo: {@code shared:1}, {@code master:2}... */
    List<String> propagation();

    /** Whether no mount of the file system may be written through. */
    boolean isFilesystemReadOnly();

    /** Through which ids are shown; null if they are shown as they are. */
    default @Nullable IdMap idMap() {
        return null;
    }

    /** The user namespace of the file system. */
    default UserView owner() {
        return UserView.First.INSTANCE;
    }

    default boolean isReadOnly() {
        return (flags() & 1) != 0;
    }
}
