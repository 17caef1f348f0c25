package dev.moat.fs.host;

import dev.moat.abi.FileMode;
import dev.moat.abi.FsMagic;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;

/**
 * Kernel interfaces of the host that lie below a shown directory (its {@code /proc}, {@code /sys},
 * cgroups...): they would let a guest look at or into the host, so they show as empty directories.
 */
final class PseudoFilesystems {
    /** include/uapi/linux/magic.h. */
    private static final long PSTOREFS_MAGIC = 0x6165676cL;

    /** include/uapi/linux/magic.h. */
    private static final long EFIVARFS_MAGIC = 0xde5e81e4L;

    private PseudoFilesystems() {}

    /** Whether the mount point {@code name} in {@code parent} leads to a kernel interface. */
    static boolean hides(HostDirectory parent, String name, HostStat stat) {
        if (!FileMode.S_ISDIR(stat.mode)) {
            return false;
        }
        HostFiles files = parent.files();
        DirectoryHandles handles = parent.host().handles();
        int parentFd = handles.acquire(parent);
        int fd;
        try {
            fd =
                    files.openAt2(
                            parentFd,
                            name,
                            OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW,
                            0,
                            HostFiles.RESOLVE_BENEATH | HostFiles.RESOLVE_NO_SYMLINKS);
        } finally {
            handles.release(parent);
        }
        if (HostResult.failed(fd)) {
            return true;
        }
        try {
            return files.statfs(fd).map(found -> isPseudo(found.type())).orElse(true);
        } finally {
            files.close(fd);
        }
    }

    private static boolean isPseudo(long magic) {
        return magic == FsMagic.PROC_SUPER_MAGIC
                || magic == FsMagic.SYSFS_MAGIC
                || magic == FsMagic.DEVPTS_SUPER_MAGIC
                || magic == FsMagic.CGROUP_SUPER_MAGIC
                || magic == FsMagic.CGROUP2_SUPER_MAGIC
                || magic == FsMagic.DEBUGFS_MAGIC
                || magic == FsMagic.TRACEFS_MAGIC
                || magic == FsMagic.SECURITYFS_MAGIC
                || magic == FsMagic.BPF_FS_MAGIC
                || magic == PSTOREFS_MAGIC
                || magic == EFIVARFS_MAGIC;
    }
}
