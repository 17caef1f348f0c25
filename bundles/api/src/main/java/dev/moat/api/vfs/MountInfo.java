package dev.moat.api.vfs;

import java.util.List;
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

    /** Source as given to mount(2). */
    String source();

    /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_RELATIME... */
    long flags();

    /** Optional fields of /proc/pid/mountinfo: {@code shared:1}, {@code master:2}... */
    List<String> propagation();

    /** Whether no mount of the file system may be written through. */
    boolean isFilesystemReadOnly();

    default boolean isReadOnly() {
        return (flags() & 1) != 0;
    }
}
