package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SigInfo;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.PtraceAccess;
import dev.moat.api.task.PtraceAccess.Identity;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.KillPermission;
import dev.moat.task.process.PidDescription;
import dev.moat.task.process.TaskSignals;

/** {@code pidfd_open(2)}, {@code pidfd_send_signal(2)}, {@code pidfd_getfd(2)}. */
final class PidfdCalls {
    @Syscall(
            nr = 434,
            name = "pidfd_open",
            support = Support.PARTIAL,
            note = "Processes only: PIDFD_THREAD gives EINVAL, as before Linux 6.9.")
    long pidfdOpen(Task task, int pid, int flags) {
        if ((flags & ~OpenFlags.O_NONBLOCK) != 0 || pid <= 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask caller = GuestTask.of(task);
        GuestGroup target = caller.services().tree().findGroup(caller, pid);
        if (target == null) {
            boolean thread = caller.services().tree().find(caller, pid) != null;
            throw (thread ? Errno.EINVAL : Errno.ESRCH).exception();
        }
        return task.files().install(task, new PidDescription(target, flags), true);
    }

    @Syscall(nr = 424, name = "pidfd_send_signal")
    long pidfdSendSignal(Task task, int fd, int signal, long infoAddr, int flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask sender = GuestTask.of(task);
        GuestGroup target = process(task, fd);
        KillCalls.checkSignal(signal);
        if (target.isReaped()) {
            throw Errno.ESRCH.exception();
        }
        if (infoAddr == 0) {
            KillCalls.sendTo(sender, target, TaskSignals.fromUser(sender, signal));
            return 0;
        }
        SigInfo given = SigInfo.readFrom(Structs.copyIn(task.user(), infoAddr, SigInfo.SIZE), 0);
        if (given.signal() != signal) {
            throw Errno.EINVAL.exception();
        }
        SigInfo info =
                KillCalls.readInfo(sender, signal, infoAddr, sender.pids().seen(target.tgid()));
        KillPermission.check(sender, target.leader(), signal);
        if (signal != 0) {
            sender.services().sender().toGroup(target, info, KillCalls.origin(sender, target));
        }
        return 0;
    }

    @Syscall(nr = 438, name = "pidfd_getfd")
    long pidfdGetfd(Task task, int fd, int targetFd, int flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        GuestGroup target = process(task, fd);
        if (target.liveTasks().isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        GuestTask owner = target.liveTasks().getFirst();
        if (!PtraceAccess.allows(task, owner, Identity.REAL)) {
            throw Errno.EPERM.exception();
        }
        FdTable files = owner.files();
        FileDescription file = files.acquire(targetFd);
        return task.files().install(task, file, true);
    }

    private static GuestGroup process(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (file instanceof PidDescription description) {
                return description.group();
            }
            throw Errno.EBADF.exception();
        } finally {
            file.release();
        }
    }
}
