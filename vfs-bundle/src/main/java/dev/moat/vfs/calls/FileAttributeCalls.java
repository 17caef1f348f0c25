package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.Place;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code file_getattr(2)}, {@code file_setattr(2)}: fs/file_attr.c. */
public final class FileAttributeCalls {
    private static final int KNOWN = At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH;

    /**
     * {@code struct file_attr}, FILE_ATTR_SIZE_VER0: flags of 8 bytes, extent size, extents,
     * project, extent size for copies.
     */
    private static final int ATTR_BYTES = 24;

    private static final long EXTENT_SIZE = 8;
    private static final long PROJECT = 16;
    private static final long COPY_EXTENT_SIZE = 20;

    /** FS_XFLAGS_MASK: all FS_XFLAG_* that there are. */
    private static final long XFLAGS_MASK = 0x1ffff | 0x80000000L;

    @Syscall(nr = 468, name = "file_getattr")
    public long fileGetattr(
            Task task, int dirfd, long path, long attr, long sizeBytes, int atFlags) {
        Args.checkFlags(atFlags, KNOWN);
        Args.checkStructSize(sizeBytes, ATTR_BYTES);
        Place place = find(task, dirfd, path, atFlags);
        if (place.inode().keptFileFlags() == 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        byte[] bytes = new byte[(int) sizeBytes];
        long flags = FileAttributes.extended(place.inode().fileFlags());
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, flags);
        task.user().copyOut(attr, bytes);
        return 0;
    }

    @Syscall(nr = 469, name = "file_setattr")
    public long fileSetattr(
            Task task, int dirfd, long path, long attr, long sizeBytes, int atFlags) {
        Args.checkFlags(atFlags, KNOWN);
        Args.checkStructSize(sizeBytes, ATTR_BYTES);
        MemorySegment given = Args.struct(task, attr, (int) sizeBytes, ATTR_BYTES);
        long flags = given.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        if ((flags & ~XFLAGS_MASK) != 0) {
            throw Errno.EINVAL.exception();
        }
        boolean more =
                given.get(ValueLayout.JAVA_INT_UNALIGNED, EXTENT_SIZE) != 0
                        || given.get(ValueLayout.JAVA_INT_UNALIGNED, PROJECT) != 0
                        || given.get(ValueLayout.JAVA_INT_UNALIGNED, COPY_EXTENT_SIZE) != 0
                        || (flags & ~FileAttributes.XFLAGS) != 0;
        Place place = find(task, dirfd, path, atFlags);
        if (place.inode().keptFileFlags() == 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        FileAttributes.setExtended(task, place, (int) flags, more);
        return 0;
    }

    private static Place find(Task task, int dirfd, long pathAddr, int atFlags) {
        boolean emptyPath = (atFlags & At.AT_EMPTY_PATH) != 0;
        String path = emptyPath && pathAddr == 0 ? "" : Args.path(task, pathAddr);
        boolean follow = (atFlags & At.AT_SYMLINK_NOFOLLOW) == 0;
        return Args.require(task, dirfd, path, follow, emptyPath);
    }
}
