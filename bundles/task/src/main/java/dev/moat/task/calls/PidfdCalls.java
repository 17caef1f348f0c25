package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.EventFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.ProcessFile;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.KillPermission;
import dev.moat.task.process.PidDescription;
import dev.moat.task.process.ProcessTree;
import dev.moat.task.process.SignalSender;
import dev.moat.task.process.TaskSignals;
import java.util.List;

/** {@code pidfd_open(2)}, {@code pidfd_send_signal(2)}, {@code pidfd_getfd(2)}. */
final class PidfdCalls {
    /** Descriptors that stand for the caller, include/uapi/linux/pidfd.h. */
    private static final int PIDFD_SELF_THREAD = -10000;

    private static final int PIDFD_SELF_THREAD_GROUP = -10001;

    private static final int SCOPES =
            EventFlags.PIDFD_SIGNAL_THREAD
                    | EventFlags.PIDFD_SIGNAL_THREAD_GROUP
                    | EventFlags.PIDFD_SIGNAL_PROCESS_GROUP;

    @Syscall(nr = 434, name = "pidfd_open")
    long pidfdOpen(Task task, int pid, int flags) {
        if ((flags & ~(EventFlags.PIDFD_NONBLOCK | EventFlags.PIDFD_THREAD)) != 0 || pid <= 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask caller = GuestTask.of(task);
        ProcessTree tree = caller.services().tree();
        GuestGroup process = tree.findGroup(caller, pid);
        boolean ofThread = (flags & EventFlags.PIDFD_THREAD) != 0;
        if (process != null && !ofThread) {
            return task.files().install(task, new PidDescription(process, flags), true);
        }
        GuestTask thread = process != null ? process.leader() : tree.find(caller, pid);
        if (thread == null || !ofThread) {
            throw (thread == null ? Errno.ESRCH : Errno.ENOENT).exception();
        }
        return task.files().install(task, new PidDescription(thread, flags), true);
    }

    @Syscall(nr = 424, name = "pidfd_send_signal")
    long pidfdSendSignal(Task task, int fd, int signal, long infoAddr, int flags) {
        if ((flags & ~SCOPES) != 0 || Integer.bitCount(flags) > 1) {
            throw Errno.EINVAL.exception();
        }
        GuestTask sender = GuestTask.of(task);
        PidDescription target = target(sender, fd);
        int number = sender.pids().seen(target.tid());
        if (number == 0) {
            throw Errno.EINVAL.exception();
        }
        int scope = flags;
        if (scope == 0) {
            scope =
                    target.isOfThread()
                            ? EventFlags.PIDFD_SIGNAL_THREAD
                            : EventFlags.PIDFD_SIGNAL_THREAD_GROUP;
        }
        boolean group = scope == EventFlags.PIDFD_SIGNAL_PROCESS_GROUP;
        SigInfo info =
                infoAddr == 0
                        ? plainInfo(sender, signal, scope)
                        : givenInfo(sender, signal, infoAddr, group ? 0 : number);
        if (group) {
            List<GuestGroup> members = sender.services().tree().membersOf(target.tid());
            if (!members.isEmpty()) {
                KillCalls.checkSignal(signal);
            }
            return KillCalls.killAny(sender, members, info);
        }
        GuestTask thread = target.task();
        if (thread == null) {
            throw Errno.ESRCH.exception();
        }
        KillCalls.checkSignal(signal);
        KillPermission.check(sender, thread, signal);
        if (signal != 0) {
            SignalSender.Origin origin = KillCalls.origin(sender, target.group());
            if (scope == EventFlags.PIDFD_SIGNAL_THREAD) {
                sender.services().sender().toTask(thread, info, origin);
            } else {
                sender.services().sender().toGroup(target.group(), info, origin);
            }
        }
        return 0;
    }

    private static SigInfo plainInfo(GuestTask sender, int signal, int scope) {
        return scope == EventFlags.PIDFD_SIGNAL_THREAD
                ? SigInfo.kill(
                        signal, SignalCodes.SI_TKILL, sender.tgid(), sender.credentials().uid())
                : TaskSignals.fromUser(sender, signal);
    }

    /**
     * @param number whom it is for, as the sender sees it; 0 for several
     */
    private static SigInfo givenInfo(GuestTask sender, int signal, long infoAddr, int number) {
        SigInfo given = SigInfo.readFrom(Structs.copyIn(sender.user(), infoAddr, SigInfo.SIZE), 0);
        if (given.signal() != signal) {
            throw Errno.EINVAL.exception();
        }
        KillCalls.checkInfo(sender, given, number);
        return given;
    }

    /** What a descriptor stands for, also one of /proc/pid or of the caller itself: EBADF. */
    private static PidDescription target(GuestTask sender, int fd) {
        if (fd == PIDFD_SELF_THREAD) {
            return new PidDescription(sender, 0);
        }
        if (fd == PIDFD_SELF_THREAD_GROUP) {
            return new PidDescription(sender.group(), 0);
        }
        FileDescription file = sender.files().acquire(fd);
        try {
            if (file instanceof PidDescription description) {
                return description;
            }
            if ((file.flags() & OpenFlags.O_PATH) == 0
                    && file.inode() instanceof ProcessFile directory
                    && directory.process() instanceof GuestGroup process) {
                return new PidDescription(process, 0);
            }
            throw Errno.EBADF.exception();
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 438, name = "pidfd_getfd")
    long pidfdGetfd(Task task, int fd, int targetFd, int flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask owner = liveTask(task, fd);
        if (!PtraceAccess.allows(task, owner, Identity.REAL)) {
            throw Errno.EPERM.exception();
        }
        FdTable files = owner.files();
        FileDescription file = files.acquire(targetFd);
        return task.files().install(task, file, true);
    }

    /** A thread of what a pidfd stands for: EBADF, ESRCH. */
    private static GuestTask liveTask(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof PidDescription description)) {
                throw Errno.EBADF.exception();
            }
            List<GuestTask> live = description.group().liveTasks();
            GuestTask owner = description.task();
            if (!description.isOfThread() && !live.isEmpty()) {
                return live.getFirst();
            }
            if (owner == null || !live.contains(owner)) {
                throw Errno.ESRCH.exception();
            }
            return owner;
        } finally {
            file.release();
        }
    }
}
