package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A file of a file system. The VFS checks permissions, types, mounts and names before it calls; the
 * file system does the work and gives its errno (ENOSPC, EROFS, ENOTEMPTY, EEXIST...). Defaults
 * refuse as Linux does for file systems without the operation. Thread safe: a directory guards its
 * own entries; for renames over two directories the VFS holds the rename lock of the file system.
 * Names are guest strings without slash, never "." or "..".
 */
@ConsumerType
public abstract class Inode {
    public abstract Filesystem filesystem();

    /** Inode number. */
    public abstract long number();

    /**
     * What is equal for all objects that stand for this file, while any of them is referred to;
     * itself, where a file system has one object for each file.
     */
    public Object identity() {
        return this;
    }

    /** Type and permissions (S_IF*): free, for permission checks. */
    public abstract int mode();

    public abstract int uid();

    public abstract int gid();

    /** stat(2). */
    public abstract Attributes attributes();

    /** Changes attributes; ctime follows. */
    public abstract void setAttributes(AttributeChange change);

    /**
     * Finds an entry of this directory; null if there is none: absence during a walk is normal
     * traffic.
     */
    public @Nullable Inode lookup(String name) {
        throw Errno.ENOTDIR.exception();
    }

    /** Whether a cached answer of {@link #lookup} ({@code child} or null) still holds. */
    public boolean revalidate(String name, @Nullable Inode child) {
        return true;
    }

    /** FS_*_FL that are set, see chattr(1); 0 where the file system keeps none. */
    public int fileFlags() {
        return 0;
    }

    /** Which FS_*_FL the file system keeps; 0: none, and it is ENOTTY to ask. */
    public int keptFileFlags() {
        return 0;
    }

    /**
     * Replaces the flags: FS_IOC_SETFLAGS. The VFS has checked who asks, and acts on
     * FS_IMMUTABLE_FL and FS_APPEND_FL itself.
     *
     * @throws dev.moat.abi.ErrnoException EOPNOTSUPP: one is not among {@link #keptFileFlags}
     */
    public void setFileFlags(int flags) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /**
     * Creates a regular file, fifo, socket or device node; mode has the type and is already masked,
     * by the umask or, by the file system, by the default list of this directory.
     */
    public Inode create(String name, int mode, long rdev, Owner owner) {
        throw Errno.EPERM.exception();
    }

    /**
     * Creates a regular file that {@code task} is about to {@link #open} with these flags, see
     * {@link #create}.
     */
    public Inode createToOpen(Task task, String name, int mode, Owner owner, int flags) {
        return create(name, mode, 0, owner);
    }

    /**
     * Creates a regular file without a name in this directory's file system (O_TMPFILE). It has no
     * links; {@link #link} may give it its first.
     *
     * @param mode with the type, masked already
     */
    public Inode createUnnamed(int mode, Owner owner) {
        throw Errno.EOPNOTSUPP.exception();
    }

    public Inode makeDirectory(String name, int mode, Owner owner) {
        throw Errno.EPERM.exception();
    }

    public Inode makeSymlink(String name, String target, Owner owner) {
        throw Errno.EPERM.exception();
    }

    /**
     * Adds a hard link to {@code target}, an inode of the same file system that is no directory.
     */
    public void link(String name, Inode target) {
        throw Errno.EPERM.exception();
    }

    /** Removes a name of something that is no directory. */
    public void unlink(String name) {
        throw Errno.EPERM.exception();
    }

    /** Removes an empty directory, or ENOTEMPTY. */
    public void removeDirectory(String name) {
        throw Errno.EPERM.exception();
    }

    /**
     * Renames an entry of this directory into {@code newParent} (same file system): renameat2(2)
     * with flags RENAME_NOREPLACE, RENAME_EXCHANGE or RENAME_WHITEOUT. Replaces what is there if
     * types agree (EISDIR, ENOTDIR, ENOTEMPTY).
     */
    public void rename(String name, Inode newParent, String newName, int flags) {
        throw Errno.EPERM.exception();
    }

    /** Target of a symbolic link. */
    public String readSymlink(Task task) {
        throw Errno.EINVAL.exception();
    }

    /**
     * For magic links of /proc (exe, cwd, fd/N): where the link leads, without any path walk; null
     * for ordinary links.
     */
    public @Nullable VfsPath followMagicLink(Task task) {
        return null;
    }

    /**
     * Opens the file. The VFS has checked permissions and calls {@link #truncate} for O_TRUNC.
     *
     * @param flags O_* as in open(2)
     * @return a description with one reference, owned by the caller
     */
    public abstract FileDescription open(Task task, int flags);

    /**
     * Whether a handle still leads here: asked of file systems with {@link Filesystem#hasHandles}.
     */
    public boolean isAlive() {
        return attributes().links() != 0;
    }

    /** Whether something may be mounted over it, which else is ENOENT: dont_mount(). */
    public boolean acceptsMounts() {
        return true;
    }

    /**
     * Somebody refers to the file without having it open (O_PATH): its content stays when its last
     * name goes, until {@link #letGo} was called as often.
     */
    public void hold() {
        // Most files keep what they have.
    }

    /** Takes one {@link #hold} back. */
    public void letGo() {}

    /** Sets the size of a regular file. */
    public void truncate(long sizeBytes) {
        throw Errno.EINVAL.exception();
    }

    /**
     * Reads a regular file without an open description, for the kernel itself (an overlay that
     * copies a file up): bytes moved, 0 at the end.
     */
    public long readContent(long offset, IoBuffer target) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Writes a regular file without an open description, see {@link #readContent}. */
    public long writeContent(long offset, IoBuffer source) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Target of an ordinary symbolic link without a task at hand, see {@link #readContent}. */
    public String readSymlinkContent() {
        throw Errno.EOPNOTSUPP.exception();
    }

    /**
     * Lists a directory without an open description, "." and ".." left out, see {@link
     * #readContent}.
     */
    public void listEntries(FileDescription.DirectorySink sink) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Extended attribute value; ENODATA if absent. */
    public byte[] getXattr(String name) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Sets an extended attribute; flags XATTR_CREATE, XATTR_REPLACE. */
    public void setXattr(String name, byte[] value, int flags) {
        throw Errno.EOPNOTSUPP.exception();
    }

    public void removeXattr(String name) {
        throw Errno.EOPNOTSUPP.exception();
    }

    public List<String> listXattrs() {
        return List.of();
    }

    /**
     * An access control list; empty for none. Free: asked at each permission check. What stands
     * here is not among the values of {@link #getXattr}, but its name is in {@link #listXattrs}.
     */
    public PosixAcl acl(PosixAcl.Kind kind) {
        return PosixAcl.NONE;
    }

    /**
     * Sets a list that is valid, or takes it away by an empty one. An access list sets the mode,
     * too, and is kept only if it says more than that. A default list is of directories only. The
     * caller has checked who may.
     */
    public void setAcl(PosixAcl.Kind kind, PosixAcl list) {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** Seals of a memfd, F_SEAL_*; EINVAL for files that cannot be sealed. */
    public int seals() {
        throw Errno.EINVAL.exception();
    }

    /**
     * Adds seals: F_ADD_SEALS of fcntl(2). EPERM if sealed against it, EBUSY for F_SEAL_WRITE with
     * writable mappings.
     */
    public void addSeals(int seals) {
        throw Errno.EINVAL.exception();
    }

    /** Whether seals keep new writable shared mappings away (F_SEAL_WRITE, F_SEAL_FUTURE_WRITE). */
    public boolean isSealedForWriting() {
        return false;
    }

    /** Makes a file of {@link #createUnnamed} one that takes seals: memfd_create(2). */
    public void allowSeals(int initialSeals) {
        throw Errno.EINVAL.exception();
    }

    /** In a mask of access rights: the question is access(2) or chdir(2), nothing is done yet. */
    public static final int MAY_ACCESS = 0x10;

    /** Who decides on access. */
    public enum Decision {
        /** Owner, groups, mode and lists, as usual. */
        BY_MODE,
        PERMITTED,
        DENIED
    }

    /**
     * Lets the file system decide on access.
     *
     * @param mayMask rwx as 4, 2, 1, and {@link #MAY_ACCESS}
     */
    public Decision decide(Credentials credentials, int mayMask) {
        return Decision.BY_MODE;
    }

    /**
     * Whether mode bits that let all search this directory do not say it all: then {@link #decide}
     * and lists are asked. Asked for each name of a path.
     */
    public boolean limitsSearch() {
        return !acl(PosixAcl.Kind.ACCESS).isEmpty();
    }

    /**
     * Per-inode state that the VFS keeps: locks and inotify watches. One object for the inode's
     * whole life.
     */
    public final InodeExtras extras() {
        return extras;
    }

    private final InodeExtras extras = new InodeExtras();

    /** Who owns what is created. */
    public record Owner(int uid, int gid) {}
}
