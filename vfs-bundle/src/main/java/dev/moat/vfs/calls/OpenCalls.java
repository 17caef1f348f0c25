package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.OpenHow;
import dev.moat.abi.Restart;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.OpenInterrupted;
import dev.moat.vfs.Opener;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.pipe.PipeFile;
import org.jspecify.annotations.Nullable;

/** {@code open(2)}, {@code openat(2)}, {@code creat(2)}, {@code openat2(2)}. */
public final class OpenCalls {
    private static final long RESOLVE_KNOWN =
            OpenFlags.RESOLVE_NO_XDEV
                    | OpenFlags.RESOLVE_NO_MAGICLINKS
                    | OpenFlags.RESOLVE_NO_SYMLINKS
                    | OpenFlags.RESOLVE_BENEATH
                    | OpenFlags.RESOLVE_IN_ROOT
                    | OpenFlags.RESOLVE_CACHED;

    @Syscall(nr = 2, name = "open")
    public long open(Task task, long path, int flags, int mode) {
        return openat(task, At.AT_FDCWD, path, flags, mode);
    }

    @Syscall(nr = 85, name = "creat")
    public long creat(Task task, long path, int mode) {
        int flags = OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC;
        return openat(task, At.AT_FDCWD, path, flags, mode);
    }

    @Syscall(nr = 257, name = "openat")
    public long openat(Task task, int dirfd, long path, int flags, int mode) {
        int clean = flags & OpenFlags.VALID_OPEN_FLAGS | OpenFlags.O_LARGEFILE;
        return open(task, dirfd, path, clean, mode & FileMode.S_IALLUGO, 0);
    }

    @Syscall(nr = 437, name = "openat2")
    public long openat2(Task task, int dirfd, long path, long how, long size) {
        Args.checkStructSize(size, OpenFlags.OPEN_HOW_SIZE_VER0);
        OpenHow wanted = OpenHow.readFrom(Args.struct(task, how, (int) size, OpenHow.SIZE), 0);
        check(wanted);
        if ((wanted.resolve() & OpenFlags.RESOLVE_CACHED) != 0) {
            // Allowed at any time: the caller tries again without.
            return Errno.EAGAIN.negated();
        }
        return open(
                task,
                dirfd,
                path,
                (int) wanted.flags() | OpenFlags.O_LARGEFILE,
                (int) wanted.mode(),
                (int) wanted.resolve());
    }

    /** What open(2) ignores is refused here: build_open_flags(). */
    private static void check(OpenHow how) {
        boolean creates = (how.flags() & (OpenFlags.O_CREAT | OpenFlags.__O_TMPFILE)) != 0;
        boolean twoRoots =
                (how.resolve() & OpenFlags.RESOLVE_BENEATH) != 0
                        && (how.resolve() & OpenFlags.RESOLVE_IN_ROOT) != 0;
        long pathFlags =
                OpenFlags.O_PATH
                        | OpenFlags.O_DIRECTORY
                        | OpenFlags.O_NOFOLLOW
                        | OpenFlags.O_CLOEXEC;
        if ((how.flags() & ~(long) OpenFlags.VALID_OPEN_FLAGS) != 0
                || (how.resolve() & ~RESOLVE_KNOWN) != 0
                || twoRoots
                || (how.mode() & ~(long) FileMode.S_IALLUGO) != 0
                || !creates && how.mode() != 0
                || (how.flags() & OpenFlags.O_PATH) != 0 && (how.flags() & ~pathFlags) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long open(
            Task task, int dirfd, long pathAddr, int flags, int mode, int resolve) {
        FileDescription suspended = takeSuspended(task);
        if (suspended != null) {
            return awaitPeer(task, suspended, flags);
        }
        Opener.checkFlags(flags);
        String path = Args.path(task, pathAddr);
        Place start = Args.start(task, dirfd, path);
        FileDescription file;
        try {
            file = SandboxVfs.of(task).opener().open(task, start, path, flags, mode, resolve);
        } catch (OpenInterrupted e) {
            return -Restart.ERESTARTSYS;
        }
        if (file == null) {
            return Errno.ENOENT.negated();
        }
        return awaitPeer(task, file, flags);
    }

    /**
     * A fifo that this call had opened when the safe point interrupted it; null if there is none.
     */
    static @Nullable FileDescription takeSuspended(Task task) {
        return task.resumption().take(PipeFile.class);
    }

    /** Opens what is at a place, which another call has found, and gives it a descriptor. */
    static long openPlace(Task task, Place place, int flags) {
        FileDescription file;
        try {
            Opener opener = SandboxVfs.of(task).opener();
            file =
                    (flags & OpenFlags.__O_TMPFILE) != 0
                            ? opener.open(task, place, ".", flags, 0, 0)
                            : opener.openAt(task, place, flags);
        } catch (OpenInterrupted e) {
            return -Restart.ERESTARTSYS;
        }
        return file == null ? Errno.ENOENT.negated() : awaitPeer(task, file, flags);
    }

    /** A fifo waits for its other side; then the file gets its descriptor. */
    static long awaitPeer(Task task, FileDescription file, int flags) {
        if (file instanceof PipeFile fifo
                && (flags & OpenFlags.O_NONBLOCK) == 0
                && fifo.awaitsPeer()) {
            Blocker.Outcome outcome;
            try {
                outcome =
                        task.blocker()
                                .block(fifo.waitQueue(), () -> !fifo.awaitsPeer(), Blocker.FOREVER);
            } catch (WaitSuspended e) {
                // This side stays open: others see it at the safe point, too.
                task.resumption().keep(fifo);
                throw e;
            }
            if (outcome == Blocker.Outcome.INTERRUPTED) {
                file.release();
                return -Restart.ERESTARTSYS;
            }
        }
        return task.files().install(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}
