package dev.moat.task.calls;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.Limits;
import dev.moat.abi.Rlimits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.task.process.Execution;
import dev.moat.task.process.GuestTask;
import java.util.ArrayList;
import java.util.List;

/** {@code execve(2)}, {@code execveat(2)}. */
final class ExecveCalls {
    /**
     * Arguments and environment may fill a quarter of the stack, at least 128 KiB, at most 6 MiB;
     * fs/exec.c.
     */
    private static final long MOST_BYTES = Rlimits._STK_LIM / 4 * 3;

    private static final int POINTER_BYTES = 8;

    @Syscall(nr = 59, name = "execve")
    long execve(Task task, long pathAddr, long argvAddr, long envpAddr) {
        return execute(task, At.AT_FDCWD, pathAddr, argvAddr, envpAddr, 0);
    }

    @Syscall(nr = 322, name = "execveat")
    long execveat(
            Task task, int directoryFd, long pathAddr, long argvAddr, long envpAddr, int flags) {
        if ((flags & ~(At.AT_EMPTY_PATH | At.AT_SYMLINK_NOFOLLOW)) != 0) {
            throw Errno.EINVAL.exception();
        }
        return execute(task, directoryFd, pathAddr, argvAddr, envpAddr, flags);
    }

    private static long execute(
            Task task, int directoryFd, long pathAddr, long argvAddr, long envpAddr, int flags) {
        GuestTask guest = GuestTask.of(task);
        Execution execution = new Execution(guest.services(), guest);
        if (execution.resume()) {
            return 0;
        }
        String path = task.user().readString(pathAddr, Limits.PATH_MAX);
        FileDescription file = open(guest, execution, directoryFd, path, flags);
        try {
            Room room = new Room(guest);
            List<String> arguments = room.read(argvAddr);
            List<String> environment = room.read(envpAddr);
            if (arguments.isEmpty()) {
                // Since Linux 5.18: a program always has an argv[0].
                arguments.add("");
            }
            execution.execute(
                    new Execution.Program(
                            file, shownPath(directoryFd, path), arguments, environment));
            return 0;
        } finally {
            file.release();
        }
    }

    private static FileDescription open(
            GuestTask task, Execution execution, int directoryFd, String path, int flags) {
        Vfs vfs = task.sandbox().vfs();
        if (path.isEmpty()) {
            if ((flags & At.AT_EMPTY_PATH) == 0) {
                throw Errno.ENOENT.exception();
            }
            return openDescriptor(task, execution, directoryFd);
        }
        Vfs.Follow follow = (flags & At.AT_SYMLINK_NOFOLLOW) != 0 ? Vfs.Follow.NO : Vfs.Follow.YES;
        VfsPath place;
        if (directoryFd == At.AT_FDCWD || path.startsWith("/")) {
            place = vfs.resolve(task, path, follow);
        } else {
            place = resolveAt(task, vfs, directoryFd, path, follow);
        }
        if ((place.inode().mode() & FileMode.S_IFMT) == FileMode.S_IFLNK) {
            throw Errno.ELOOP.exception();
        }
        return execution.open(place);
    }

    private static VfsPath resolveAt(
            GuestTask task, Vfs vfs, int directoryFd, String path, Vfs.Follow follow) {
        FileDescription directory = task.files().acquire(directoryFd);
        try {
            VfsPath start = directory.path();
            if (start == null || (start.inode().mode() & FileMode.S_IFMT) != FileMode.S_IFDIR) {
                throw Errno.ENOTDIR.exception();
            }
            return vfs.resolve(task.fs().root(), start, path, task.credentials(), follow);
        } finally {
            directory.release();
        }
    }

    /**
     * fexecve(3): the file behind a descriptor; one without a place (memfd) is executed as it is.
     */
    private static FileDescription openDescriptor(
            GuestTask task, Execution execution, int descriptor) {
        FileDescription file = task.files().acquire(descriptor);
        try {
            VfsPath place = file.path();
            if (place != null) {
                return execution.open(place);
            }
            int mode = file.inode().mode();
            boolean regular = (mode & FileMode.S_IFMT) == FileMode.S_IFREG;
            if (!regular || (mode & 0111) == 0 || !file.tryRetain()) {
                throw Errno.EACCES.exception();
            }
            return file;
        } finally {
            file.release();
        }
    }

    private static String shownPath(int directoryFd, String path) {
        if (directoryFd == At.AT_FDCWD || path.startsWith("/")) {
            return path;
        }
        return path.isEmpty() ? "/dev/fd/" + directoryFd : "/dev/fd/" + directoryFd + "/" + path;
    }

    /** What is left for arguments and environment. */
    private static final class Room {
        private final GuestTask task;
        private long leftBytes;

        Room(GuestTask task) {
            this.task = task;
            long stack = task.group().limits().soft(Rlimits.RLIMIT_STACK);
            leftBytes = Math.max(Math.min(stack / 4, MOST_BYTES), Limits.ARG_MAX);
        }

        /** A null-terminated array of strings; a null array is empty, as Linux allows. */
        List<String> read(long arrayAddr) {
            List<String> strings = new ArrayList<>();
            if (arrayAddr == 0) {
                return strings;
            }
            for (long at = arrayAddr; ; at += POINTER_BYTES) {
                long stringAddr = task.user().readLong(at);
                if (stringAddr == 0) {
                    return strings;
                }
                String string = readOne(stringAddr);
                leftBytes -= string.length() + 1 + POINTER_BYTES;
                if (leftBytes < 0) {
                    throw Errno.E2BIG.exception();
                }
                strings.add(string);
            }
        }

        private String readOne(long stringAddr) {
            try {
                return task.user().readString(stringAddr, Limits.MAX_ARG_STRLEN);
            } catch (ErrnoException e) {
                throw e.errno() == Errno.ENAMETOOLONG ? Errno.E2BIG.exception() : e;
            }
        }
    }
}
