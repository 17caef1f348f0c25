package dev.moat.api.vfs;

import dev.moat.api.namespace.Namespace;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The tree of mounts of one sandbox, for other subsystems. Errors are those of path_resolution(7).
 */
@ProviderType
public interface Vfs extends AutoCloseable {
    /** Whether a last symbolic link is followed. */
    enum Follow {
        YES,
        NO
    }

    /** Walks {@code path} from the task's working directory or root. */
    VfsPath resolve(Task task, String path, Follow follow);

    /**
     * Walks {@code path} relative to {@code start} with root {@code root}; for set-up before tasks
     * exist.
     */
    VfsPath resolve(
            VfsPath root, VfsPath start, String path, Credentials credentials, Follow follow);

    /** Opens as open(2) does, permission checks included; the caller owns the reference. */
    FileDescription open(Task task, String path, int flags, int mode);

    /**
     * Opens a program to run it. Takes execute permission only, not the one to read, and keeps
     * writers away from the file as long as the description lives.
     *
     * @throws dev.moat.abi.ErrnoException EACCES: no regular file, on a noexec mount, not
     *     permitted; ETXTBSY: open for writing
     */
    FileDescription openProgram(Task task, VfsPath path);

    /**
     * Makes a file system node as mknod(2) does, for other subsystems (bind(2) of a local socket
     * makes S_IFSOCK); the umask of {@code task} applies.
     *
     * @throws dev.moat.abi.ErrnoException EEXIST and those of mknod(2)
     */
    VfsPath makeNode(Task task, String path, int mode, long rdev);

    /**
     * Removes a name as unlink(2) does.
     *
     * @throws dev.moat.abi.ErrnoException EISDIR and those of unlink(2)
     */
    void unlink(Task task, String path);

    /** Removes what {@link #makeNode} has just made; no permission is asked. */
    void withdrawNode(VfsPath node);

    /**
     * Tells watches that the content of a file has changed without a write: IN_MODIFY. Called with
     * no locks held.
     */
    void contentChanged(Inode directory, String name, Inode file);

    /** Checks permission bits MAY_EXEC=1, MAY_WRITE=2, MAY_READ=4; throws EACCES, EROFS. */
    void checkPermission(Credentials credentials, VfsPath path, int mayMask);

    /**
     * Absolute path as seen from {@code root}, or, outside of it, from the top of its tree; with "
     * (deleted)" if it was removed: d_path().
     */
    String pathOf(VfsPath path, VfsPath root);

    /**
     * Opens an instance of a file system without mounting it, for the layers of an overlay. It is
     * closed when its last user (mount or overlay) is gone, at the latest with the tree.
     *
     * @param layers see {@link MountRequest#layers}
     * @throws dev.moat.abi.ErrnoException ENODEV for an unknown type; what the type gives
     */
    Filesystem openFilesystem(
            String type,
            String source,
            Map<String, String> options,
            boolean readOnly,
            List<Inode> layers);

    /**
     * A place for an open file that has no name (a pipe, an eventfd, a host descriptor), so that
     * {@code /proc/pid/fd/N} can lead to it: opening it opens the inode again.
     */
    VfsPath anonymousPath(FileDescription file);

    /** As above, for a file that nobody has open yet. */
    VfsPath anonymousPath(String name, Inode inode);

    /** Makes {@code filesystem} the root of the sandbox: must be the first mount. */
    void mountRoot(Filesystem filesystem, String source, long flags);

    /**
     * Mounts an open instance over {@code target} (absolute, in the sandbox's root); creates
     * nothing.
     */
    void mount(Filesystem filesystem, String source, String target, long flags);

    /** Mounts over {@code target} (absolute, in the sandbox's root); creates nothing. */
    void mount(String type, String source, String target, Map<String, String> options, long flags);

    /** Makes a directory path with mode 0755 where it is missing, for mount points. */
    void makeDirectories(String path);

    /** Makes an empty regular file with mode 0644 where there is none, to mount a file over it. */
    void makeFile(String path);

    /** The root of everything. */
    VfsPath root();

    /** A table without descriptors. */
    FdTable newFdTable();

    FsContext newFsContext(VfsPath root, VfsPath workingDirectory, int umask);

    /** Numbers in {@code /proc/sys}. */
    VfsSettings settings();

    /** Lines of {@code /proc/pid/fdinfo/fd} about the locks of a file in a table. */
    String describeLocks(Task reader, FdTable table, FileDescription file);

    /** Drops what is known of names that nobody uses: drop_caches, proc_sys_vm(5). */
    void forgetNames();

    /** Mounts of the first namespace in order of creation. */
    List<MountInfo> mounts();

    /** The mounts that {@code task} has. */
    MountWatch watchMounts(Task task);

    /**
     * Fills a new mount namespace with copies of another one's mounts, and leads {@code fs} there.
     *
     * @param fs of the task that will be in it, and of no other
     */
    void copyMounts(Namespace from, Namespace to, FsContext fs);

    /** The root of everything in a mount namespace. */
    VfsPath root(Namespace namespace);

    /** Names of the file system types, for /proc/filesystems. */
    List<String> filesystemTypes();

    /** Unmounts everything. */
    @Override
    void close();
}
