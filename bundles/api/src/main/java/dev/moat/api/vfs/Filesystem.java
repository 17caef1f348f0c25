package dev.moat.api.vfs;

import dev.moat.abi.Statfs;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** One instance of a file system (Linux {@code super_block}). Thread safe. */
@ConsumerType
public interface Filesystem {
    FilesystemType type();

    /** The root directory. */
    Inode root();

    /** st_dev of its inodes. */
    long deviceId();

    /** statfs(2). */
    Statfs statfs();

    /** Writes everything back. */
    void sync();

    /** Options as /proc/mounts shows them behind rw or ro; empty for none. */
    default String shownOptions() {
        return "";
    }

    /** Whether nothing can be written, however it is mounted: an image. */
    default boolean isImmutable() {
        return false;
    }

    /** Its quotas; empty if it has none (Linux {@code s_qcop}). */
    default Optional<DiskQuotas> quotas() {
        return Optional.empty();
    }

    /** Whether its files have access control lists (Linux {@code SB_POSIXACL}). */
    default boolean hasAcls() {
        return false;
    }

    /** Whether its mounts may show other owners than it has (Linux {@code FS_ALLOW_IDMAP}). */
    default boolean allowsIdMaps() {
        return false;
    }

    /** Whether names that directories do not have are ENOENT for who wants to make them, too. */
    default boolean hasFixedNames() {
        return false;
    }

    /** Whether it, and not its caller, takes the umask from the mode of a new file. */
    default boolean appliesUmask() {
        return false;
    }

    /**
     * Changes options in place: MS_REMOUNT of mount(2), fspick(2). Those that have their meaning at
     * the beginning only are passed over.
     *
     * @param options checked one by one already; a flag has an empty value
     * @return false if it has no options that can be changed
     * @throws FilesystemComplaint they do not fit what there is
     */
    default boolean reconfigure(Map<String, String> options) {
        return false;
    }

    /**
     * Whether names may change behind the VFS' back, so that a cached entry must be asked about
     * with {@link Inode#revalidate} (host directories, proc).
     */
    default boolean isVolatile() {
        return false;
    }

    /**
     * Whether names that nobody refers to are worth keeping for the next lookup. Not if they are
     * many, soon lead to nothing, and are made again at no cost (proc).
     */
    default boolean keepsNames() {
        return true;
    }

    /** Whether its regular files can be opened with O_DIRECT: FMODE_CAN_ODIRECT. */
    default boolean opensDirect() {
        return true;
    }

    /**
     * Whether an inode can be told by its number for as long as it has a name, and never by that of
     * another one: then it can be opened by a handle, name_to_handle_at(2).
     */
    default boolean hasHandles() {
        return false;
    }

    /** Whether a handle is the number and nothing else, which programs know of cgroup2. */
    default boolean hasNumbersAsHandles() {
        return false;
    }
}
