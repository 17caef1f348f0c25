package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;

import dev.moat.abi.Errno;
import java.lang.foreign.MemorySegment;

/** xattr(7) of open files, O_PATH descriptors included. */
final class XattrCalls {
    private final HostContext context;
    private final NativeCalls calls;
    private final PathCalls paths;

    XattrCalls(HostContext context, PathCalls paths) {
        this.context = context;
        this.calls = context.calls();
        this.paths = paths;
    }

    long get(int fd, String name, MemorySegment target) {
        long result =
                xattr(
                        name,
                        target,
                        true,
                        (n, at, length) -> calls.call(__NR_fgetxattr, fd, n, at, length));
        if (result != -Errno.EBADF.number()) {
            return result;
        }
        return paths.withPathWide(
                ownLink(fd),
                (_, link) ->
                        xattr(
                                name,
                                target,
                                true,
                                (n, at, length) -> calls.call(__NR_getxattr, link, n, at, length)));
    }

    int set(int fd, String name, MemorySegment value, int flags) {
        long result =
                xattr(
                        name,
                        value,
                        false,
                        (n, at, length) -> calls.call(__NR_fsetxattr, fd, n, at, length, flags));
        if (result != -Errno.EBADF.number()) {
            return (int) result;
        }
        return paths.withPath(
                ownLink(fd),
                (_, link) ->
                        xattr(
                                name,
                                value,
                                false,
                                (n, at, length) ->
                                        calls.call(__NR_setxattr, link, n, at, length, flags)));
    }

    long list(int fd, MemorySegment target) {
        long result =
                context.transfer(
                        target,
                        true,
                        (at, length) -> calls.call(__NR_flistxattr, fd, sized(at, length), length));
        if (result != -Errno.EBADF.number()) {
            return result;
        }
        return paths.withPathWide(
                ownLink(fd),
                (_, link) ->
                        context.transfer(
                                target,
                                true,
                                (at, length) ->
                                        calls.call(
                                                __NR_listxattr, link, sized(at, length), length)));
    }

    int remove(int fd, String name) {
        int result =
                paths.withPath(name, (_, address) -> calls.call(__NR_fremovexattr, fd, address));
        if (result != -Errno.EBADF.number()) {
            return result;
        }
        return paths.withPaths(
                ownLink(fd), name, (link, address) -> calls.call(__NR_removexattr, link, address));
    }

    private long xattr(String name, MemorySegment value, boolean reads, XattrCall call) {
        return paths.withPathWide(
                name,
                (_, address) ->
                        context.transfer(
                                value,
                                reads,
                                (at, length) -> call.apply(address, sized(at, length), length)));
    }

    /** A null address for an empty buffer: the call then tells the size. */
    private static long sized(long address, long length) {
        return length == 0 ? 0 : address;
    }

    /**
     * O_PATH descriptors refuse f* calls (EBADF); the magic link reaches the same file without a
     * path walk.
     */
    static String ownLink(int fd) {
        return "/proc/self/fd/" + fd;
    }

    private interface XattrCall {
        long apply(long nameAddress, long valueAddress, long lengthBytes);
    }
}
