package dev.moat.api.vfs;

import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;

/**
 * One that holds no state.
 *
 * @param name of the type
 * @param magic as statfs(2) tells it
 * @param deviceId below those that the VFS gives to what is mounted
 */
public record NamelessFilesystem(String name, long magic, long deviceId)
        implements UnmountableFilesystem {
    /** fs/anon_inodes.c. */
    public static final NamelessFilesystem ANONYMOUS =
            new NamelessFilesystem("anon_inodefs", FsMagic.ANON_INODE_FS_MAGIC, 14);

    /** fs/pidfs.c: one inode for each process. */
    public static final NamelessFilesystem PIDS =
            new NamelessFilesystem("pidfs", FsMagic.PID_FS_MAGIC, 15);

    /** mm/secretmem.c: what memfd_secret(2) makes. */
    public static final NamelessFilesystem SECRETS =
            new NamelessFilesystem("secretmem", FsMagic.SECRETMEM_MAGIC, 16);

    @Override
    public Inode root() {
        return new NamelessInode(this, 1, FileMode.S_IFDIR | 0555);
    }
}
