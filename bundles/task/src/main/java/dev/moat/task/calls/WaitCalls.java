package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Rusage;
import dev.moat.abi.SigInfo;
import dev.moat.abi.WaitFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.PidDescription;
import dev.moat.task.process.TaskServices;
import dev.moat.task.process.Usage;
import dev.moat.task.process.Waiting;
import java.lang.foreign.MemorySegment;

/** {@code wait4(2)}, {@code waitid(2)}. */
final class WaitCalls {
    /** What waitid(2) writes of a siginfo_t: up to si_status. */
    private static final int INFO_BYTES = 28;

    private static final int CLONE_OPTIONS =
            WaitFlags.__WNOTHREAD | WaitFlags.__WCLONE | WaitFlags.__WALL;

    @Syscall(nr = 61, name = "wait4")
    long wait4(Task task, int pid, long statusAddr, int options, long usageAddr) {
        int known = WaitFlags.WNOHANG | WaitFlags.WUNTRACED | WaitFlags.WCONTINUED | CLONE_OPTIONS;
        if ((options & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (pid == Integer.MIN_VALUE) {
            throw Errno.ESRCH.exception();
        }
        GuestTask parent = GuestTask.of(task);
        Waiting waiting =
                new Waiting(
                        parent,
                        parent.blocker(),
                        new Waiting.Request(whom(parent, pid), options | WaitFlags.WEXITED));
        long result = waiting.run();
        if (result != 1) {
            return result;
        }
        Waiting.News news = waiting.news();
        if (statusAddr != 0) {
            task.user().writeInt(statusAddr, news.status());
        }
        writeUsage(task, usageAddr, news.usage());
        return news.tgid();
    }

    @Syscall(nr = 247, name = "waitid")
    long waitid(Task task, int idType, int id, long infoAddr, int options, long usageAddr) {
        MemorySegment info = Structs.allocate(SigInfo.SIZE);
        long result;
        try {
            result = waitForId(task, idType, id, options, usageAddr, info);
        } catch (ErrnoException e) {
            result = e.errno().negated();
        }
        if (infoAddr != 0) {
            // Whatever became of the call: zeros, if there is nothing to tell.
            Structs.copyOut(
                    task.user(), infoAddr, result < 0 ? Structs.allocate(INFO_BYTES) : info);
        }
        return result;
    }

    private static long waitForId(
            Task task, int idType, int id, int options, long usageAddr, MemorySegment info) {
        int events = WaitFlags.WEXITED | WaitFlags.WSTOPPED | WaitFlags.WCONTINUED;
        int known = events | WaitFlags.WNOHANG | WaitFlags.WNOWAIT | CLONE_OPTIONS;
        if ((options & ~known) != 0 || (options & events) == 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask parent = TaskServices.actor(task);
        boolean nonBlocking = idType == WaitFlags.P_PIDFD && isNonBlocking(task, id);
        int wanted = nonBlocking ? options | WaitFlags.WNOHANG : options;
        Waiting waiting =
                new Waiting(
                        parent,
                        task.blocker(),
                        new Waiting.Request(whom(parent, idType, id), wanted));
        long result = waiting.run();
        if (result < 0) {
            return result;
        }
        if (result == 0 && nonBlocking && (options & WaitFlags.WNOHANG) == 0) {
            return Errno.EAGAIN.negated();
        }
        if (result == 1) {
            Waiting.News news = waiting.news();
            SigInfo.child(
                            news.code(),
                            news.tgid(),
                            task.credentials().space().seenUid(news.uid()),
                            news.value(),
                            0,
                            0)
                    .writeTo(info, 0);
            writeUsage(task, usageAddr, news.usage());
        }
        return 0;
    }

    private static Waiting.Whom whom(GuestTask parent, int pid) {
        if (pid < -1) {
            return new Waiting.Whom.Group(parent.pids().meant(-pid));
        }
        return switch (pid) {
            case -1 -> new Waiting.Whom.Any();
            case 0 -> new Waiting.Whom.Group(parent.group().processGroupId());
            default -> new Waiting.Whom.Process(parent.pids().meant(pid));
        };
    }

    private static Waiting.Whom whom(GuestTask parent, int idType, int id) {
        switch (idType) {
            case WaitFlags.P_ALL -> {
                return new Waiting.Whom.Any();
            }
            case WaitFlags.P_PID -> {
                if (id <= 0) {
                    throw Errno.EINVAL.exception();
                }
                return new Waiting.Whom.Process(parent.pids().meant(id));
            }
            case WaitFlags.P_PGID -> {
                if (id < 0) {
                    throw Errno.EINVAL.exception();
                }
                int group = id == 0 ? parent.group().processGroupId() : parent.pids().meant(id);
                return new Waiting.Whom.Group(group);
            }
            case WaitFlags.P_PIDFD -> {
                return new Waiting.Whom.Process(processOf(parent, id));
            }
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static int processOf(GuestTask parent, int fd) {
        if (fd < 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = parent.files().acquire(fd);
        try {
            if (file instanceof PidDescription process) {
                return process.tid();
            }
            throw Errno.EBADF.exception();
        } finally {
            file.release();
        }
    }

    private static boolean isNonBlocking(Task task, int fd) {
        if (fd < 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.files().acquire(fd);
        try {
            return file.isNonBlocking();
        } finally {
            file.release();
        }
    }

    private static void writeUsage(Task task, long usageAddr, Usage usage) {
        if (usageAddr != 0) {
            MemorySegment struct = Structs.allocate(Rusage.SIZE);
            usage.toRusage().writeTo(struct, 0);
            Structs.copyOut(task.user(), usageAddr, struct);
        }
    }
}
