package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.api.host.HostDirent;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostStat;
import dev.moat.api.host.HostStatfs;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link HostFiles} by system calls. */
@Component(service = HostFiles.class)
public final class JnrHostFiles implements HostFiles {
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NOCTTY = 0x100;
    private static final int O_LARGEFILE = 0x8000;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int POLLFD_BYTES = 8;

    private final NativeCalls calls;
    private final HostContext context;
    private final PathCalls paths;
    private final XattrCalls xattrs;

    /** The service; loads the native library. */
    @Activate
    public JnrHostFiles() {
        this(HostContext.create());
    }

    JnrHostFiles(HostContext context) {
        this.context = context;
        this.calls = context.calls();
        paths = new PathCalls(context.scratch());
        xattrs = new XattrCalls(context, paths);
    }

    @Override
    public int openAt2(int dirFd, String path, int flags, int mode, long resolve) {
        return paths.withPath(
                path,
                (scratch, address) -> {
                    // struct open_how: flags, mode, resolve; openat2 refuses flags it does not
                    // know, O_LARGEFILE included
                    MemorySegment how = scratch.struct();
                    how.set(
                            JAVA_LONG,
                            0,
                            (flags & ~O_LARGEFILE) | O_CLOEXEC | noControllingTerminal(flags));
                    how.set(JAVA_LONG, 8, mode);
                    how.set(JAVA_LONG, 16, resolve);
                    return calls.call(__NR_openat2, dirFd, address, how.address(), 24);
                });
    }

    /** O_NOCTTY, which openat2 refuses together with O_PATH. */
    private static int noControllingTerminal(int flags) {
        int pathOnly = 0x200000;
        return (flags & pathOnly) != 0 ? 0 : O_NOCTTY;
    }

    @Override
    public int openAt(int dirFd, String path, int flags, int mode) {
        return paths.withPath(
                path,
                (_, address) -> calls.call(__NR_openat, dirFd, address, flags | O_CLOEXEC, mode));
    }

    @Override
    public int close(int fd) {
        return (int) calls.call(__NR_close, fd);
    }

    @Override
    public int duplicate(int fd) {
        return (int) calls.call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 3);
    }

    @Override
    public long pread(int fd, MemorySegment target, long offset) {
        if (target.isNative()) {
            return calls.call(__NR_pread64, fd, target.address(), target.byteSize(), offset);
        }
        return context.transfer(
                target,
                true,
                (address, length) -> calls.call(__NR_pread64, fd, address, length, offset));
    }

    @Override
    public long pwrite(int fd, MemorySegment source, long offset) {
        if (source.isNative()) {
            return calls.call(__NR_pwrite64, fd, source.address(), source.byteSize(), offset);
        }
        return context.transfer(
                source,
                false,
                (address, length) -> calls.call(__NR_pwrite64, fd, address, length, offset));
    }

    @Override
    public long read(int fd, MemorySegment target) {
        return context.transfer(
                target, true, (address, length) -> calls.call(__NR_read, fd, address, length));
    }

    @Override
    public long write(int fd, MemorySegment source) {
        return context.transfer(
                source, false, (address, length) -> calls.call(__NR_write, fd, address, length));
    }

    @Override
    public long lseek(int fd, long offset, int whence) {
        return calls.call(__NR_lseek, fd, offset, whence);
    }

    @Override
    public int stat(int dirFd, String path, int atFlags, HostStat into) {
        return paths.withPath(
                path,
                (scratch, address) -> {
                    MemorySegment statx = scratch.struct();
                    long result =
                            calls.call(
                                    __NR_statx,
                                    dirFd,
                                    address,
                                    atFlags,
                                    StatxStruct.WANTED_FIELDS,
                                    statx.address());
                    if (result == 0) {
                        StatxStruct.read(statx, into);
                    }
                    return result;
                });
    }

    @Override
    public int stat(int fd, HostStat into) {
        return stat(fd, "", AT_EMPTY_PATH, into);
    }

    @Override
    public Optional<HostStatfs> statfs(int fd) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment s = scratch.struct();
            if (calls.call(__NR_fstatfs, fd, s.address()) < 0) {
                return Optional.empty();
            }
            // struct statfs, arch/x86: eleven words from f_type to f_flags
            return Optional.of(
                    new HostStatfs(
                            s.get(JAVA_LONG, 0),
                            s.get(JAVA_LONG, 8),
                            s.get(JAVA_LONG, 16),
                            s.get(JAVA_LONG, 24),
                            s.get(JAVA_LONG, 32),
                            s.get(JAVA_LONG, 40),
                            s.get(JAVA_LONG, 48),
                            s.get(JAVA_LONG, 56),
                            s.get(JAVA_LONG, 64),
                            s.get(JAVA_LONG, 72),
                            s.get(JAVA_LONG, 80)));
        }
    }

    @Override
    public int readDirectory(int fd, List<HostDirent> into) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment buffer = scratch.struct();
            long length = calls.call(__NR_getdents64, fd, buffer.address(), buffer.byteSize());
            return length <= 0 ? (int) length : DirentStruct.readAll(buffer, length, into);
        }
    }

    @Override
    public int readLink(int dirFd, String path, String[] target) {
        return paths.withPath(
                path,
                (scratch, address) -> {
                    MemorySegment buffer = scratch.struct();
                    long length =
                            calls.call(
                                    __NR_readlinkat,
                                    dirFd,
                                    address,
                                    buffer.address(),
                                    buffer.byteSize());
                    if (length >= 0) {
                        target[0] = ByteStrings.read(buffer, 0, (int) length);
                    }
                    return length;
                });
    }

    @Override
    public int makeDirectory(int dirFd, String path, int mode) {
        return paths.withPath(path, (_, address) -> calls.call(__NR_mkdirat, dirFd, address, mode));
    }

    @Override
    public int unlink(int dirFd, String path, int atFlags) {
        return paths.withPath(
                path, (_, address) -> calls.call(__NR_unlinkat, dirFd, address, atFlags));
    }

    @Override
    public int rename(int oldDirFd, String oldPath, int newDirFd, String newPath, int flags) {
        return paths.withPaths(
                oldPath,
                newPath,
                (from, to) -> calls.call(__NR_renameat2, oldDirFd, from, newDirFd, to, flags));
    }

    @Override
    public int link(int oldDirFd, String oldPath, int newDirFd, String newPath, int atFlags) {
        return paths.withPaths(
                oldPath,
                newPath,
                (from, to) -> calls.call(__NR_linkat, oldDirFd, from, newDirFd, to, atFlags));
    }

    @Override
    public int symlink(String target, int dirFd, String path) {
        return paths.withPaths(
                target, path, (from, to) -> calls.call(__NR_symlinkat, from, dirFd, to));
    }

    @Override
    public int makeNode(int dirFd, String path, int mode, long device) {
        return paths.withPath(
                path, (_, address) -> calls.call(__NR_mknodat, dirFd, address, mode, device));
    }

    @Override
    public int changeMode(int fd, int mode) {
        int result = (int) calls.call(__NR_fchmod, fd, mode);
        return result == -Errno.EBADF.number()
                ? changeMode(AT_FDCWD, XattrCalls.ownLink(fd), mode, 0)
                : result;
    }

    @Override
    public int changeMode(int dirFd, String path, int mode, int atFlags) {
        return paths.withPath(
                path,
                (_, address) -> {
                    long result = calls.call(__NR_fchmodat2, dirFd, address, mode, atFlags);
                    // fchmodat2 is from Linux 6.6
                    return result == -Errno.ENOSYS.number()
                            ? calls.call(__NR_fchmodat, dirFd, address, mode)
                            : result;
                });
    }

    @Override
    public int changeOwner(int dirFd, String path, int uid, int gid, int atFlags) {
        return paths.withPath(
                path, (_, address) -> calls.call(__NR_fchownat, dirFd, address, uid, gid, atFlags));
    }

    @Override
    public int setTimes(
            int dirFd,
            String path,
            long accessSeconds,
            long accessNanos,
            long modifySeconds,
            long modifyNanos,
            int atFlags) {
        return paths.withPath(
                path,
                (scratch, address) -> {
                    MemorySegment times = scratch.struct();
                    times.set(JAVA_LONG, 0, accessSeconds);
                    times.set(JAVA_LONG, 8, accessNanos);
                    times.set(JAVA_LONG, 16, modifySeconds);
                    times.set(JAVA_LONG, 24, modifyNanos);
                    // futimens(3): a null path means the descriptor itself, which O_PATH does not
                    // allow
                    boolean self = path.isEmpty() && (atFlags & At.AT_EMPTY_PATH) == 0;
                    return calls.call(
                            __NR_utimensat, dirFd, self ? 0 : address, times.address(), atFlags);
                });
    }

    @Override
    public int truncate(int fd, long sizeBytes) {
        return (int) calls.call(__NR_ftruncate, fd, sizeBytes);
    }

    @Override
    public int allocate(int fd, int mode, long offset, long lengthBytes) {
        return (int) calls.call(__NR_fallocate, fd, mode, offset, lengthBytes);
    }

    @Override
    public int sync(int fd, boolean dataOnly) {
        return (int) calls.call(dataOnly ? __NR_fdatasync : __NR_fsync, fd);
    }

    @Override
    public int access(int dirFd, String path, int mode, int atFlags) {
        return paths.withPath(
                path, (_, address) -> calls.call(__NR_faccessat2, dirFd, address, mode, atFlags));
    }

    @Override
    public int lock(int fd, int operation) {
        return (int) calls.call(__NR_flock, fd, operation);
    }

    @Override
    public long getXattr(int fd, String name, MemorySegment target) {
        return xattrs.get(fd, name, target);
    }

    @Override
    public int setXattr(int fd, String name, MemorySegment value, int flags) {
        return xattrs.set(fd, name, value, flags);
    }

    @Override
    public long listXattr(int fd, MemorySegment target) {
        return xattrs.list(fd, target);
    }

    @Override
    public int removeXattr(int fd, String name) {
        return xattrs.remove(fd, name);
    }

    @Override
    public int poll(int fd, int events, int timeoutMs) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment pollfd = scratch.struct();
            pollfd.set(JAVA_INT, 0, fd);
            pollfd.set(JAVA_SHORT, 4, (short) events);
            pollfd.set(JAVA_SHORT, 6, (short) 0);
            int result = (int) calls.call(__NR_poll, pollfd.address(), 1, timeoutMs);
            return result > 0 ? pollfd.get(JAVA_SHORT, 6) & 0xffff : result;
        }
    }

    @Override
    public int poll(int[] fds, short[] events, short[] revents, int timeoutMs) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment pollfds = scratch.struct();
            for (int i = 0; i < fds.length; i++) {
                long at = (long) i * POLLFD_BYTES;
                pollfds.set(JAVA_INT, at, fds[i]);
                pollfds.set(JAVA_SHORT, at + 4, events[i]);
                pollfds.set(JAVA_SHORT, at + 6, (short) 0);
            }
            int result = (int) calls.call(__NR_poll, pollfds.address(), fds.length, timeoutMs);
            for (int i = 0; i < fds.length; i++) {
                revents[i] = pollfds.get(JAVA_SHORT, (long) i * POLLFD_BYTES + 6);
            }
            return result;
        }
    }

    @Override
    public int pipe(int[] ends, int flags) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment pair = scratch.struct();
            int result = (int) calls.call(__NR_pipe2, pair.address(), flags | O_CLOEXEC);
            if (result == 0) {
                ends[0] = pair.get(JAVA_INT, 0);
                ends[1] = pair.get(JAVA_INT, 4);
            }
            return result;
        }
    }

    @Override
    public int eventfd(int initialValue, int flags) {
        return (int) calls.call(__NR_eventfd2, initialValue, flags | O_CLOEXEC);
    }

    @Override
    public int statusFlags(int fd) {
        return (int) calls.call(__NR_fcntl, fd, F_GETFL);
    }

    @Override
    public int setStatusFlags(int fd, int flags) {
        return (int) calls.call(__NR_fcntl, fd, F_SETFL, flags);
    }
}
