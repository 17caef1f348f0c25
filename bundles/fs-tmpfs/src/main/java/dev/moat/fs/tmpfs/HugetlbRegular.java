package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HugeFilePages;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;

/** A file of huge pages: it can be mapped and read. */
@Stateful
final class HugetlbRegular extends TmpfsRegular {
    HugetlbRegular(HugetlbfsFilesystem filesystem, int mode, Owner owner) {
        super(filesystem, mode, owner, true);
    }

    @Override
    FileDescription newDescription(int flags) {
        return new HugetlbFile(this, flags);
    }

    @Override
    public long writeContent(long offset, IoBuffer source) {
        throw Errno.EINVAL.exception();
    }

    /** EINVAL also for a size that is not one of whole pages. */
    @Override
    public void truncate(long sizeBytes) {
        if ((sizeBytes & HugePagePool.PAGE_BYTES - 1) != 0) {
            throw Errno.EINVAL.exception();
        }
        super.truncate(sizeBytes);
    }

    /** hugetlbfs_fallocate(): ENOSPC where the pool has no more; the size may be any. */
    @Override
    void reserve(long offset, long lengthBytes) {
        pages().reserve(offset, lengthBytes);
    }

    /** As a mapping does, which may grow the file at the same time. */
    void growTo(long sizeBytes) {
        ((HugeFilePages) pages()).growTo(sizeBytes);
    }
}
