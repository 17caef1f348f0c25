package dev.moat.api.host;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Files of the host, reached through descriptors. Constants (flags, modes, {@code AT_*}) are the
 * host's, which on x86-64 are those of the guest ABI. Results: see the package description.
 */
@ProviderType
public interface HostFiles {
    /** {@code AT_FDCWD}: relative paths start at the kernel host's working directory. */
    int AT_FDCWD = -100;

    /** {@code RESOLVE_NO_XDEV}: never cross a mount. */
    long RESOLVE_NO_XDEV = 0x01;

    /** {@code RESOLVE_NO_MAGICLINKS}: never follow {@code /proc/pid/fd} style links. */
    long RESOLVE_NO_MAGICLINKS = 0x02;

    /** {@code RESOLVE_NO_SYMLINKS}: ELOOP on any symbolic link. */
    long RESOLVE_NO_SYMLINKS = 0x04;

    /** {@code RESOLVE_BENEATH}: never leave the directory that {@code dirFd} names. */
    long RESOLVE_BENEATH = 0x08;

    /** {@code RESOLVE_IN_ROOT}: treat {@code dirFd} as the root. */
    long RESOLVE_IN_ROOT = 0x10;

    /**
     * openat2(2): opens {@code path} beneath {@code dirFd}. O_CLOEXEC and O_NOCTTY are always
     * added.
     *
     * @param resolve {@code RESOLVE_*} bits
     * @return a descriptor owned by the caller
     */
    int openAt2(int dirFd, String path, int flags, int mode, long resolve);

    /**
     * openat(2) for paths the operator gave; O_CLOEXEC is always added. The descriptor is the
     * caller's.
     */
    int openAt(int dirFd, String path, int flags, int mode);

    /** close(2). Never repeated after {@code -EINTR}: the descriptor is gone. */
    int close(int fd);

    /** fcntl(F_DUPFD_CLOEXEC): a second descriptor, owned by the caller. */
    int duplicate(int fd);

    /** pread(2) at {@code offset} into the whole of {@code target}. */
    long pread(int fd, MemorySegment target, long offset);

    /** pwrite(2) of the whole of {@code source} at {@code offset}. */
    long pwrite(int fd, MemorySegment source, long offset);

    /** read(2) at the file position; may block. */
    long read(int fd, MemorySegment target);

    /**
     * write(2) at the file position; may block. SIGPIPE is ignored by the kernel host: {@code
     * -EPIPE}.
     */
    long write(int fd, MemorySegment source);

    /** lseek(2). */
    long lseek(int fd, long offset, int whence);

    /**
     * statx(2) with basic stats, birth time and mount id. An empty {@code path} with {@code
     * AT_EMPTY_PATH} (0x1000) stats {@code fd} itself.
     *
     * @param into filled when the result is 0
     */
    int stat(int dirFd, String path, int atFlags, HostStat into);

    /** {@link #stat} of an open descriptor. */
    int stat(int fd, HostStat into);

    /** fstatfs(2); empty if it failed (EBADF, ESTALE). */
    Optional<HostStatfs> statfs(int fd);

    /**
     * getdents64(2): reads the next entries at the file position into {@code into}; positions are
     * per open file, so callers that share a descriptor serialise {@link #lseek} and this.
     *
     * @return number of entries added; 0 at the end
     */
    int readDirectory(int fd, List<HostDirent> into);

    /**
     * readlinkat(2): the target; {@code target[0]} is set when the result is {@code >= 0} (its
     * length).
     */
    int readLink(int dirFd, String path, String[] target);

    /** mkdirat(2). */
    int makeDirectory(int dirFd, String path, int mode);

    /** unlinkat(2); {@code atFlags} 0x200 (AT_REMOVEDIR) for directories. */
    int unlink(int dirFd, String path, int atFlags);

    /** renameat2(2). */
    int rename(int oldDirFd, String oldPath, int newDirFd, String newPath, int flags);

    /** linkat(2). */
    int link(int oldDirFd, String oldPath, int newDirFd, String newPath, int atFlags);

    /** symlinkat(2): makes {@code path} point to {@code target}. */
    int symlink(String target, int dirFd, String path);

    /** mknodat(2). */
    int makeNode(int dirFd, String path, int mode, long device);

    /** fchmod(2); for O_PATH descriptors through {@code /proc/self/fd}. */
    int changeMode(int fd, int mode);

    /** fchmodat2(2) where the host has it, else fchmodat(2) (which follows links). */
    int changeMode(int dirFd, String path, int mode, int atFlags);

    /** fchownat(2); -1 leaves an id. */
    int changeOwner(int dirFd, String path, int uid, int gid, int atFlags);

    /**
     * utimensat(2); nanoseconds may be {@code UTIME_NOW} (0x3fffffff) or {@code UTIME_OMIT}
     * (0x3ffffffe). An empty path sets the times of {@code dirFd} itself.
     */
    int setTimes(
            int dirFd,
            String path,
            long accessSeconds,
            long accessNanos,
            long modifySeconds,
            long modifyNanos,
            int atFlags);

    /** ftruncate(2). */
    int truncate(int fd, long sizeBytes);

    /** fallocate(2) with {@code FALLOC_FL_*} mode bits. */
    int allocate(int fd, int mode, long offset, long lengthBytes);

    /** fsync(2), or fdatasync(2). */
    int sync(int fd, boolean dataOnly);

    /** faccessat2(2) with the kernel host's credentials. */
    int access(int dirFd, String path, int mode, int atFlags);

    /** flock(2); may block unless LOCK_NB (4) is set. */
    int lock(int fd, int operation);

    /**
     * fgetxattr(2), for O_PATH descriptors through {@code /proc/self/fd}; an empty target asks for
     * the size.
     */
    long getXattr(int fd, String name, MemorySegment target);

    /** fsetxattr(2), see {@link #getXattr}. */
    int setXattr(int fd, String name, MemorySegment value, int flags);

    /** flistxattr(2): NUL-terminated names; an empty target asks for the size. */
    long listXattr(int fd, MemorySegment target);

    /** fremovexattr(2). */
    int removeXattr(int fd, String name);

    /**
     * poll(2) of one descriptor.
     *
     * @param timeoutMs -1 waits for ever: have a second thread write to an {@link #eventfd} polled
     *     beside it with {@link #poll(int[], short[], short[], int)}
     * @return the {@code revents} bits, 0 on time-out
     */
    int poll(int fd, int events, int timeoutMs);

    /**
     * poll(2).
     *
     * @param revents filled, one per descriptor
     * @return how many are ready, 0 on time-out
     */
    int poll(int[] fds, short[] events, short[] revents, int timeoutMs);

    /**
     * pipe2(2): {@code ends[0]} reads, {@code ends[1]} writes; both owned by the caller; O_CLOEXEC
     * is added.
     */
    int pipe(int[] ends, int flags);

    /** eventfd2(2); O_CLOEXEC is added. The descriptor is the caller's. */
    int eventfd(int initialValue, int flags);

    /** fcntl(F_GETFL). */
    int statusFlags(int fd);

    /** fcntl(F_SETFL): note that the open file may be shared with other processes (a terminal). */
    int setStatusFlags(int fd, int flags);
}
