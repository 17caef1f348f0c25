package dev.moat.vfs.calls;

import dev.moat.abi.Cachestat;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.CachedPages;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;

/** {@code cachestat(2)}: mm/filemap.c. */
public final class CachestatCalls {
    @Syscall(nr = 451, name = "cachestat")
    public long cachestat(Task task, int fd, long rangeAddr, long resultAddr, int flags) {
        FileDescription file = Args.file(task, fd);
        try {
            long offset = task.user().readLong(rangeAddr);
            long length = task.user().readLong(rangeAddr + 8);
            if (!mayAsk(task, file)) {
                throw Errno.EPERM.exception();
            }
            if (file.hasHugePages()) {
                throw Errno.EOPNOTSUPP.exception();
            }
            if (flags != 0) {
                throw Errno.EINVAL.exception();
            }
            CachedPages pages = count(file, offset, length);
            MemorySegment struct = MemorySegment.ofArray(new byte[(int) Cachestat.SIZE]);
            // What has gone is not remembered.
            new Cachestat(pages.present(), pages.dirty(), 0, 0, 0).writeTo(struct, 0);
            task.user().copyOut(resultAddr, struct, 0, Cachestat.SIZE);
            return 0;
        } finally {
            file.release();
        }
    }

    /** Others' use of a file is not everybody's business: can_do_cachestat(). */
    private static boolean mayAsk(Task task, FileDescription file) {
        return file.isWritable()
                || Permissions.isOwner(SandboxVfs.viewer(task, file), file.inode())
                || Permissions.isPermitted(
                        SandboxVfs.viewer(task, file), file.inode(), Permissions.MAY_WRITE);
    }

    /** A length of 0 is up to the end; what lies beyond any file is nowhere. */
    private static CachedPages count(FileDescription file, long offset, long length) {
        if (offset < 0) {
            return CachedPages.NONE;
        }
        long most = length <= 0 ? Long.MAX_VALUE : length;
        try {
            return file.mappable().backing().countCached(offset, most);
        } catch (ErrnoException e) {
            // It has no pages that could be cached.
            return CachedPages.NONE;
        }
    }
}
