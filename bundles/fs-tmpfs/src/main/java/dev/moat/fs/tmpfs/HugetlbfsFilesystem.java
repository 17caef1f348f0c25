package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FsMagic;
import dev.moat.abi.Limits;
import dev.moat.abi.Statfs;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import java.util.Map;

/**
 * One hugetlbfs: directories as in a tmpfs, with files of huge pages. Source: fs/hugetlbfs/inode.c.
 */
@Stateful
final class HugetlbfsFilesystem extends TmpfsFilesystem {
    private final HugePagePool pool;
    private final HugePageShare share;
    private final long inodes;

    HugetlbfsFilesystem(
            FilesystemType type,
            MountRequest request,
            HugetlbfsOptions options,
            HugePagePool pool,
            HugePageShare share) {
        super(type, request, options.ofTmpfs());
        this.pool = pool;
        this.share = share;
        this.inodes = options.inodes();
    }

    /** hugetlbfs_statfs(): without limits it tells nothing, and -1 of what of two has none. */
    @Override
    public Statfs statfs() {
        long most = share.mostPages();
        boolean counted = most != HugePagePool.UNLIMITED;
        boolean inodesCounted = counted && inodes != Long.MAX_VALUE;
        long freePages = counted ? most - share.usedPages() : 0;
        return new Statfs(
                Integer.toUnsignedLong(FsMagic.HUGETLBFS_MAGIC),
                HugePagePool.PAGE_BYTES,
                counted ? most : 0,
                freePages,
                freePages,
                inodesCounted ? inodes : counted ? -1 : 0,
                inodesCounted ? Math.max(0, inodes - usedInodes()) : counted ? -1 : 0,
                deviceId(),
                Limits.NAME_MAX,
                HugePagePool.PAGE_BYTES,
                0);
    }

    @Override
    int blockBytes() {
        return (int) HugePagePool.PAGE_BYTES;
    }

    @Override
    TmpfsRegular newRegular(int mode, Owner owner) {
        return new HugetlbRegular(this, mode, owner);
    }

    /** There is nobody to write the target: EINVAL. */
    @Override
    TmpfsInode newSymlink(String target, Owner owner) {
        throw Errno.EINVAL.exception();
    }

    @Override
    FilePages newPages(TmpfsRegular file) {
        return pool.newFile(share);
    }

    @Override
    boolean hasDirectorySizes() {
        return false;
    }

    @Override
    boolean hasFileFlags() {
        return false;
    }

    @Override
    public boolean hasAcls() {
        return false;
    }

    @Override
    boolean hasXattrs() {
        return false;
    }

    @Override
    public boolean hasHandles() {
        return false;
    }

    @Override
    public boolean opensDirect() {
        return false;
    }

    /** Options of a remount are not looked at. */
    @Override
    public boolean reconfigure(Map<String, String> changed) {
        return true;
    }

    @Override
    void close() {
        super.close();
        share.close();
    }
}
