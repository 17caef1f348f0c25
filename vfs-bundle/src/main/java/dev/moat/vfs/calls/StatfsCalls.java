package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.abi.Statfs;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code statfs(2)}, {@code fstatfs(2)}, {@code ustat(2)}. */
public final class StatfsCalls {
    private static final int SHOWN =
            MountFlags.ST_RDONLY
                    | MountFlags.ST_NOSUID
                    | MountFlags.ST_NODEV
                    | MountFlags.ST_NOEXEC
                    | MountFlags.ST_SYNCHRONOUS
                    | MountFlags.ST_NOATIME
                    | MountFlags.ST_NODIRATIME;

    private static final long STRICT = MountFlags.MS_NOATIME | MountFlags.MS_STRICTATIME;

    /** {@code struct ustat}: f_tfree, f_tinode, two names that are always empty. */
    private static final int USTAT_BYTES = 32;

    private static final long USTAT_TINODE = 8;

    @Syscall(nr = 137, name = "statfs")
    public long statfs(Task task, long path, long result) {
        Place place = Args.find(task, At.AT_FDCWD, Args.path(task, path), true, false);
        if (place == null) {
            return Errno.ENOENT.negated();
        }
        return give(task, place.inode().filesystem().statfs(), flags(place), result);
    }

    @Syscall(nr = 138, name = "fstatfs")
    public long fstatfs(Task task, int fd, long result) {
        FileDescription file = task.files().acquire(fd);
        try {
            VfsPath path = file.path();
            long flags = path == null ? 0 : flags(Place.of(path));
            return give(task, file.inode().filesystem().statfs(), flags, result);
        } finally {
            file.release();
        }
    }

    /** MS_* and ST_* agree but for relatime, which is ST_VALID's neighbour, and nosymfollow. */
    private static long flags(Place place) {
        long flags = place.mount().flags();
        return flags & SHOWN
                | ((flags & STRICT) == 0 ? MountFlags.ST_RELATIME : 0)
                | ((flags & MountFlags.MS_NOSYMFOLLOW) != 0 ? MountFlags.ST_NOSYMFOLLOW : 0)
                | (place.mount().isFilesystemReadOnly() ? MountFlags.ST_RDONLY : 0);
    }

    private static long give(Task task, Statfs of, long flags, long result) {
        byte[] bytes = new byte[(int) Statfs.SIZE];
        new Statfs(
                        of.type(),
                        of.blockSizeBytes(),
                        of.blocks(),
                        of.freeBlocks(),
                        of.availableBlocks(),
                        of.files(),
                        of.freeFiles(),
                        of.fsid(),
                        of.maxNameBytes(),
                        of.fragmentSizeBytes(),
                        flags | MountFlags.ST_VALID)
                .writeTo(MemorySegment.ofArray(bytes), 0);
        task.user().copyOut(result, bytes);
        return 0;
    }

    @Syscall(nr = 136, name = "ustat")
    public long ustat(Task task, int device, long result) {
        Statfs of = SandboxVfs.of(task).statfsOf(task, Integer.toUnsignedLong(device));
        if (of == null) {
            return Errno.EINVAL.negated();
        }
        byte[] bytes = new byte[USTAT_BYTES];
        MemorySegment ustat = MemorySegment.ofArray(bytes);
        ustat.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) of.freeBlocks());
        ustat.set(ValueLayout.JAVA_LONG_UNALIGNED, USTAT_TINODE, of.freeFiles());
        task.user().copyOut(result, bytes);
        return 0;
    }
}
