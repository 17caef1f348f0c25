package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SchedPolicy;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.IoPriority;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import java.util.ArrayList;
import java.util.List;

/** {@code getpriority(2)}, {@code setpriority(2)}, {@code ioprio_set(2)}. */
final class PriorityCalls {
    private static final int LOWEST = -20;
    private static final int HIGHEST = 19;

    @Syscall(nr = 140, name = "getpriority")
    long getpriority(Task task, int which, int who) {
        int best = Integer.MIN_VALUE;
        for (GuestTask target : targets(task, which, who, Rlimits.PRIO_PROCESS)) {
            // The raw call tells 20 - nice, so that results are never negative.
            best = Math.max(best, 20 - target.nice());
        }
        if (best == Integer.MIN_VALUE) {
            throw Errno.ESRCH.exception();
        }
        return best;
    }

    @Syscall(
            nr = 141,
            name = "setpriority",
            support = Support.PARTIAL,
            note = "Nice values below 0 are kept and told only.")
    long setpriority(Task task, int which, int who, int wanted) {
        int nice = Math.clamp(wanted, LOWEST, HIGHEST);
        GuestTask caller = GuestTask.of(task);
        List<GuestTask> targets = targets(task, which, who, Rlimits.PRIO_PROCESS);
        if (targets.isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        for (GuestTask target : targets) {
            Credentials own = caller.credentials();
            boolean same =
                    own.effectiveUid() == target.credentials().uid()
                            || own.effectiveUid() == target.credentials().effectiveUid();
            if (!same && !own.can(Capabilities.CAP_SYS_NICE)) {
                throw Errno.EPERM.exception();
            }
            checkNice(caller, target, nice, Errno.EACCES);
            target.scheduling().setNice(nice);
            target.scheduling().apply(target);
        }
        return 0;
    }

    @Syscall(nr = 252, name = "ioprio_get")
    long ioprioGet(Task task, int which, int who) {
        int best = -1;
        int asked = who;
        if (which == SchedPolicy.IOPRIO_WHO_USER && who == 0) {
            // Of the caller's user; ioprio_set(2) takes 0 for root.
            asked = task.credentials().uid();
        }
        for (GuestTask target : ioTargets(task, which, asked)) {
            boolean one = which == SchedPolicy.IOPRIO_WHO_PROCESS;
            int value = one ? target.scheduling().ioPriority() : effective(target);
            best = best < 0 ? value : Math.min(best, value);
        }
        if (best < 0) {
            throw Errno.ESRCH.exception();
        }
        return best;
    }

    /** What a task without an I/O priority has by its nice value: __get_task_ioprio(). */
    private static int effective(GuestTask task) {
        int set = task.scheduling().ioPriority();
        if (set >>> SchedPolicy.IOPRIO_CLASS_SHIFT != 0) {
            return set;
        }
        int ioClass =
                switch (task.scheduling().policy()) {
                    case SchedPolicy.SCHED_IDLE -> SchedPolicy.IOPRIO_CLASS_IDLE;
                    case SchedPolicy.SCHED_FIFO, SchedPolicy.SCHED_RR ->
                            SchedPolicy.IOPRIO_CLASS_RT;
                    default -> SchedPolicy.IOPRIO_CLASS_BE;
                };
        return ioClass << SchedPolicy.IOPRIO_CLASS_SHIFT | (task.scheduling().nice() + 20) / 5;
    }

    @Syscall(
            nr = 251,
            name = "ioprio_set",
            support = Support.PARTIAL,
            note = "Kept and told; there are no block devices.")
    long ioprioSet(Task task, int which, int who, int priority) {
        IoPriority.check(priority, task.credentials());
        List<GuestTask> targets = ioTargets(task, which, who);
        if (targets.isEmpty()) {
            throw Errno.ESRCH.exception();
        }
        for (GuestTask target : targets) {
            target.scheduling().setIoPriority(priority);
        }
        return 0;
    }

    /** Lowering the nice value needs CAP_SYS_NICE or room in RLIMIT_NICE. */
    static void checkNice(GuestTask caller, GuestTask target, int nice, Errno refusal) {
        long limit = target.group().limits().soft(Rlimits.RLIMIT_NICE);
        if (nice < target.nice()
                && 20 - nice > limit
                && !caller.credentials().can(Capabilities.CAP_SYS_NICE)) {
            throw refusal.exception();
        }
    }

    /** The IOPRIO_WHO_* numbers are the PRIO_* numbers plus one. */
    private static List<GuestTask> ioTargets(Task task, int which, int who) {
        return targets(task, which, who, SchedPolicy.IOPRIO_WHO_PROCESS);
    }

    private static List<GuestTask> targets(Task task, int which, int who, int firstKind) {
        GuestTask caller = GuestTask.of(task);
        List<GuestTask> found = new ArrayList<>();
        switch (which - firstKind) {
            case Rlimits.PRIO_PROCESS -> {
                GuestTask target = who == 0 ? caller : caller.services().tree().find(caller, who);
                if (target != null) {
                    found.add(target);
                }
            }
            case Rlimits.PRIO_PGRP -> {
                int id = who == 0 ? caller.group().processGroupId() : caller.pids().meant(who);
                for (GuestGroup member : caller.services().tree().membersOf(id)) {
                    found.addAll(member.liveTasks());
                }
            }
            case Rlimits.PRIO_USER -> {
                // ioprio_set(2) takes 0 for root, setpriority(2) for the caller: as Linux does.
                boolean self = who == 0 && firstKind == Rlimits.PRIO_PROCESS;
                int uid = self ? caller.credentials().uid() : who;
                for (GuestGroup group : caller.services().tree().collectGroups()) {
                    for (GuestTask member : group.liveTasks()) {
                        if (member.credentials().uid() == uid) {
                            found.add(member);
                        }
                    }
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
        return found;
    }
}
