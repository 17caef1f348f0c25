package dev.moat.api.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.Statfs;

/**
 * Where inodes without a path are: shows in stat(2) and statfs(2), and cannot be mounted.
 *
 * @param name of the type
 * @param magic as statfs(2) tells it
 * @param deviceId below those that the VFS gives to what is mounted
 */
public record NamelessFilesystem(String name, long magic, long deviceId)
        implements Filesystem, FilesystemType {
    /** fs/anon_inodes.c. */
    public static final NamelessFilesystem ANONYMOUS =
            new NamelessFilesystem("anon_inodefs", FsMagic.ANON_INODE_FS_MAGIC, 14);

    /** fs/pidfs.c: one inode for each process. */
    public static final NamelessFilesystem PIDS =
            new NamelessFilesystem("pidfs", FsMagic.PID_FS_MAGIC, 15);

    /** mm/secretmem.c: what memfd_secret(2) makes. */
    public static final NamelessFilesystem SECRETS =
            new NamelessFilesystem("secretmem", FsMagic.SECRETMEM_MAGIC, 16);

    private static final int PAGE_BYTES = 4096;

    @Override
    public FilesystemType type() {
        return this;
    }

    /** EINVAL. */
    @Override
    public Filesystem open(MountRequest request) {
        throw Errno.EINVAL.exception();
    }

    @Override
    public void close(Filesystem filesystem) {
        // It is never opened.
    }

    @Override
    public Inode root() {
        return new NamelessInode(this, 1, FileMode.S_IFDIR | 0555);
    }

    @Override
    public Statfs statfs() {
        return new Statfs(magic, PAGE_BYTES, 0, 0, 0, 0, 0, 0, Limits.NAME_MAX, PAGE_BYTES, 0);
    }

    @Override
    public void sync() {
        // Nothing is stored.
    }
}
