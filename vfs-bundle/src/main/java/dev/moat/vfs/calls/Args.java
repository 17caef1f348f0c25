package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Timespec;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.NamelessFilesystem;
import dev.moat.api.vfs.VfsPath;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.Walker;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Arguments that many calls share: path names, directory descriptors, times. */
final class Args {
    private Args() {}

    /** Whether it is a regular file of a file system that is mounted somewhere: IS_ANON_FILE. */
    static boolean isStored(FileDescription file) {
        return FileMode.S_ISREG(file.inode().mode())
                && !(file.inode().filesystem() instanceof NamelessFilesystem);
    }

    /** Copies a path name in: EFAULT, ENAMETOOLONG. */
    static String path(Task task, long userAddr) {
        return task.user().readString(userAddr, Limits.PATH_MAX);
    }

    /**
     * Where a path relative to {@code dirfd} starts: EBADF, ENOTDIR. An absolute path does not look
     * at it.
     */
    static Place start(Task task, int dirfd, String path) {
        if (path.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        if (dirfd == At.AT_FDCWD || path.startsWith("/")) {
            return Place.of(task.fs().workingDirectory());
        }
        FileDescription file = task.files().acquire(dirfd);
        try {
            VfsPath place = file.path();
            if (place == null) {
                throw Errno.ENOTDIR.exception();
            }
            return Place.of(place);
        } finally {
            file.release();
        }
    }

    static Walker walker(Task task, int dirfd, String path) {
        return SandboxVfs.of(task).walker(task, start(task, dirfd, path), 0);
    }

    /**
     * Finds what an *at call names; null if there is nothing (ENOENT).
     *
     * @param emptyPath whether AT_EMPTY_PATH was given: an empty path stands for {@code dirfd}
     *     itself
     */
    static @Nullable Place find(
            Task task, int dirfd, String path, boolean follow, boolean emptyPath) {
        if (path.isEmpty() && emptyPath) {
            return itself(task, dirfd);
        }
        return walker(task, dirfd, path).find(path, follow);
    }

    /** As {@link #find}, throws ENOENT. */
    static Place require(Task task, int dirfd, String path, boolean follow, boolean emptyPath) {
        Place place = find(task, dirfd, path, follow, emptyPath);
        if (place == null) {
            throw Errno.ENOENT.exception();
        }
        return place;
    }

    /** The place that a descriptor stands for: EBADF. */
    static Place itself(Task task, int dirfd) {
        if (dirfd == At.AT_FDCWD) {
            return Place.of(task.fs().workingDirectory());
        }
        FileDescription file = task.files().acquire(dirfd);
        try {
            return SandboxVfs.of(task).placeOf(file);
        } finally {
            file.release();
        }
    }

    /** Guest memory of a transfer: EFAULT if it reaches beyond user space, access_ok(). */
    static IoBuffer buffer(Task task, long userAddr, long count) {
        checkRange(userAddr, count);
        return task.user().buffer(userAddr, count);
    }

    /** EFAULT for a range that reaches beyond user space, access_ok(). */
    static void checkRange(long userAddr, long count) {
        boolean fits =
                count >= 0
                        && userAddr >= 0
                        && userAddr
                                <= MemoryFlags.TASK_SIZE_MAX
                                        - Math.min(count, MemoryFlags.TASK_SIZE_MAX);
        if (!fits) {
            throw Errno.EFAULT.exception();
        }
    }

    /** An open file that is more than O_PATH: EBADF. The caller releases it. */
    static FileDescription file(Task task, int fd) {
        FileDescription file = task.resumption().acquire(task, fd);
        if ((file.flags() & OpenFlags.O_PATH) != 0) {
            file.release();
            throw Errno.EBADF.exception();
        }
        return file;
    }

    /**
     * Copies in a structure that may grow: copy_struct_from_user().
     *
     * @param sizeBytes what the guest says it has, up to a page; shorter ones are filled up with
     *     zeros, longer ones must be zero behind {@code knownBytes}: E2BIG
     */
    static MemorySegment struct(Task task, long userAddr, int sizeBytes, long knownBytes) {
        byte[] given = task.user().copyIn(userAddr, sizeBytes);
        for (int i = (int) knownBytes; i < sizeBytes; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        return MemorySegment.ofArray(Arrays.copyOf(given, (int) knownBytes));
    }

    /** EINVAL for a structure smaller than its first version, E2BIG for one above a page. */
    static void checkStructSize(long sizeBytes, long smallest) {
        if (Long.compareUnsigned(sizeBytes, smallest) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(sizeBytes, MemoryFlags.PAGE_SIZE) > 0) {
            throw Errno.E2BIG.exception();
        }
    }

    static Timespec timespec(Task task, long userAddr) {
        return new Timespec(task.user().readLong(userAddr), task.user().readLong(userAddr + 8));
    }

    static void writeTimespec(Task task, long userAddr, Timespec time) {
        task.user().writeLong(userAddr, time.seconds());
        task.user().writeLong(userAddr + 8, time.nanoseconds());
    }

    /** EINVAL if {@code flags} has more than {@code known}. */
    static void checkFlags(int flags, int known) {
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
    }
}
