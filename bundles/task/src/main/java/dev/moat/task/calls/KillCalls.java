package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.KillPermission;
import dev.moat.task.process.PidSpace;
import dev.moat.task.process.ProcessTree;
import dev.moat.task.process.SignalSender;
import dev.moat.task.process.TaskSignals;
import java.util.List;

/** {@code kill(2)}, {@code tkill(2)}, {@code rt_sigqueueinfo(2)}. */
final class KillCalls {
    @Syscall(nr = 62, name = "kill")
    long kill(Task task, int pid, int signal) {
        GuestTask sender = GuestTask.of(task);
        SigInfo info = TaskSignals.fromUser(sender, signal);
        if (pid > 0) {
            // Whom to send to is looked for first: check_kill_permission().
            GuestGroup target = process(sender, pid);
            checkSignal(signal);
            sendTo(sender, target, info);
            return 0;
        }
        if (pid == -1) {
            checkSignal(signal);
            return killAll(sender, info);
        }
        if (pid == Integer.MIN_VALUE) {
            throw Errno.ESRCH.exception();
        }
        int processGroup = pid == 0 ? sender.group().processGroupId() : sender.pids().meant(-pid);
        List<GuestGroup> members = tree(sender).membersOf(processGroup);
        if (!members.isEmpty()) {
            checkSignal(signal);
        }
        return killAny(sender, members, info);
    }

    @Syscall(nr = 200, name = "tkill")
    long tkill(Task task, int tid, int signal) {
        if (tid <= 0) {
            throw Errno.EINVAL.exception();
        }
        return sendToThread(GuestTask.of(task), 0, tid, signal);
    }

    @Syscall(nr = 234, name = "tgkill")
    long tgkill(Task task, int tgid, int tid, int signal) {
        if (tid <= 0 || tgid <= 0) {
            throw Errno.EINVAL.exception();
        }
        return sendToThread(GuestTask.of(task), tgid, tid, signal);
    }

    @Syscall(nr = 129, name = "rt_sigqueueinfo")
    long rtSigqueueinfo(Task task, int pid, int signal, long infoAddr) {
        GuestTask sender = GuestTask.of(task);
        SigInfo info = readInfo(sender, signal, infoAddr, pid);
        GuestGroup target = process(sender, pid);
        checkSignal(signal);
        KillPermission.check(sender, target.leader(), signal);
        if (signal == 0) {
            return 0;
        }
        return result(sender.services().sender().toGroup(target, info, origin(sender, target)));
    }

    @Syscall(nr = 297, name = "rt_tgsigqueueinfo")
    long rtTgsigqueueinfo(Task task, int tgid, int tid, int signal, long infoAddr) {
        if (tid <= 0 || tgid <= 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask sender = GuestTask.of(task);
        SigInfo info = readInfo(sender, signal, infoAddr, tid);
        GuestTask target = thread(sender, tgid, tid);
        checkSignal(signal);
        KillPermission.check(sender, target, signal);
        if (signal == 0) {
            return 0;
        }
        return result(
                sender.services().sender().toTask(target, info, origin(sender, target.group())));
    }

    /**
     * Reads what sigqueue(3) and pidfd_send_signal(2) pass; nobody may pretend to be the kernel to
     * others: EPERM.
     */
    static SigInfo readInfo(GuestTask sender, int signal, long infoAddr, int target) {
        SigInfo info =
                SigInfo.readFrom(Structs.copyIn(sender.user(), infoAddr, SigInfo.SIZE), 0)
                        .withSignal(signal);
        checkInfo(sender, info, target);
        return info;
    }

    /** EPERM for who pretends to be the kernel to anybody but himself. */
    static void checkInfo(GuestTask sender, SigInfo info, int target) {
        boolean pretends = info.code() >= 0 || info.code() == SignalCodes.SI_TKILL;
        if (pretends && target != sender.pids().seen(sender.tid())) {
            throw Errno.EPERM.exception();
        }
    }

    /** Signal 0 checks existence and permission only. */
    static void checkSignal(int signal) {
        if (signal != 0 && !Signals.isValid(signal)) {
            throw Errno.EINVAL.exception();
        }
    }

    static void sendTo(GuestTask sender, GuestGroup target, SigInfo info) {
        KillPermission.check(sender, target.leader(), info.signal());
        if (info.signal() != 0) {
            sender.services().sender().toGroup(target, info, origin(sender, target));
        }
    }

    /** Who is above a pid namespace can end its process 1. */
    static SignalSender.Origin origin(GuestTask sender, GuestGroup target) {
        boolean fromAbove =
                target.pids() instanceof PidSpace space && space.seen(sender.tgid()) == 0;
        return fromAbove ? SignalSender.Origin.KERNEL : SignalSender.Origin.GUEST;
    }

    private static ProcessTree tree(GuestTask task) {
        return task.services().tree();
    }

    /** The process that a pid, or the id of any of its threads, names. */
    private static GuestGroup process(GuestTask sender, int pid) {
        GuestTask target = sender.services().tree().find(sender, pid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        return target.group();
    }

    /** kill(-1): everybody but the first process and the sender. */
    private static long killAll(GuestTask sender, SigInfo info) {
        GuestGroup first =
                sender.pids() instanceof PidSpace space ? space.init() : tree(sender).init();
        int targets = 0;
        int refused = 0;
        for (GuestGroup group : tree(sender).collectGroups()) {
            if (group == sender.group()
                    || group == first
                    || sender.pids().seen(group.tgid()) == 0) {
                continue;
            }
            targets++;
            if (KillPermission.isPermitted(sender, group.leader(), info.signal())) {
                sendTo(sender, group, info);
            } else {
                refused++;
            }
        }
        if (targets == 0) {
            throw Errno.ESRCH.exception();
        }
        if (refused == targets) {
            throw Errno.EPERM.exception();
        }
        return 0;
    }

    /** Success if it reached at least one member. */
    /** Sends to all members of a process group that may be sent to: ESRCH, EPERM. */
    static long killAny(GuestTask sender, List<GuestGroup> members, SigInfo info) {
        if (members.isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        boolean sent = false;
        for (GuestGroup member : members) {
            if (KillPermission.isPermitted(sender, member.leader(), info.signal())) {
                sendTo(sender, member, info);
                sent = true;
            }
        }
        if (!sent) {
            throw Errno.EPERM.exception();
        }
        return 0;
    }

    private static long sendToThread(GuestTask sender, int tgid, int tid, int signal) {
        GuestTask target = thread(sender, tgid, tid);
        checkSignal(signal);
        KillPermission.check(sender, target, signal);
        if (signal == 0) {
            return 0;
        }
        SigInfo info =
                SigInfo.kill(
                        signal, SignalCodes.SI_TKILL, sender.tgid(), sender.credentials().uid());
        return result(
                sender.services().sender().toTask(target, info, origin(sender, target.group())));
    }

    private static GuestTask thread(GuestTask sender, int tgid, int tid) {
        GuestTask target = sender.services().tree().find(sender, tid);
        if (target == null || tgid != 0 && target.tgid() != sender.pids().meant(tgid)) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    private static long result(SignalSender.Sent sent) {
        return sent == SignalSender.Sent.YES ? 0 : Errno.EAGAIN.negated();
    }
}
