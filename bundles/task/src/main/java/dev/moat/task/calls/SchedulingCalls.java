package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SchedParam;
import dev.moat.abi.SchedPolicy;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.Scheduling;
import java.lang.foreign.MemorySegment;

/**
 * {@code sched_setscheduler(2)}, {@code sched_setparam(2)}, {@code sched_rr_get_interval(2)},
 * {@code sched_yield(2)}.
 */
final class SchedulingCalls {
    static final String NO_REAL_TIME =
            "SCHED_FIFO and SCHED_RR are kept and told, and scheduled as SCHED_OTHER.";

    /** A tick; also the time slice of others as the fair scheduler tells it. */
    private static final long TICK_MS = 4;

    private static final long TICK_NS = TICK_MS * 1_000_000;

    @Syscall(nr = 144, name = "sched_setscheduler", support = Support.PARTIAL, note = NO_REAL_TIME)
    long schedSetscheduler(Task task, int pid, int policy, long paramAddr) {
        if (policy < 0 || paramAddr == 0 || pid < 0) {
            throw Errno.EINVAL.exception();
        }
        int priority = readPriority(task, paramAddr);
        boolean reset = (policy & SchedPolicy.SCHED_RESET_ON_FORK) != 0;
        set(
                GuestTask.of(task),
                find(task, pid),
                policy & ~SchedPolicy.SCHED_RESET_ON_FORK,
                priority,
                reset);
        return 0;
    }

    @Syscall(nr = 145, name = "sched_getscheduler")
    long schedGetscheduler(Task task, int pid) {
        Scheduling scheduling = find(task, pid).scheduling();
        return scheduling.policy()
                | (scheduling.resetOnFork() ? SchedPolicy.SCHED_RESET_ON_FORK : 0);
    }

    @Syscall(nr = 142, name = "sched_setparam", support = Support.PARTIAL, note = NO_REAL_TIME)
    long schedSetparam(Task task, int pid, long paramAddr) {
        if (paramAddr == 0 || pid < 0) {
            throw Errno.EINVAL.exception();
        }
        int priority = readPriority(task, paramAddr);
        GuestTask target = find(task, pid);
        Scheduling scheduling = target.scheduling();
        set(GuestTask.of(task), target, scheduling.policy(), priority, scheduling.resetOnFork());
        return 0;
    }

    @Syscall(nr = 143, name = "sched_getparam")
    long schedGetparam(Task task, int pid, long paramAddr) {
        if (paramAddr == 0) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment struct = Structs.allocate(SchedParam.SIZE);
        new SchedParam(find(task, pid).scheduling().priority()).writeTo(struct, 0);
        Structs.copyOut(task.user(), paramAddr, struct);
        return 0;
    }

    @Syscall(nr = 146, name = "sched_get_priority_max")
    long schedGetPriorityMax(Task task, int policy) {
        return isRealTime(policy) ? SchedPolicy.SCHED_PRIORITY_MAX : checkPolicy(policy);
    }

    @Syscall(nr = 147, name = "sched_get_priority_min")
    long schedGetPriorityMin(Task task, int policy) {
        return isRealTime(policy) ? SchedPolicy.SCHED_PRIORITY_MIN : checkPolicy(policy);
    }

    @Syscall(nr = 148, name = "sched_rr_get_interval")
    long schedRrGetInterval(Task task, int pid, long intervalAddr) {
        int policy = find(task, pid).scheduling().policy();
        long intervalNs =
                switch (policy) {
                    case SchedPolicy.SCHED_RR -> roundRobinTicks(task) * TICK_NS;
                    case SchedPolicy.SCHED_FIFO -> 0;
                    default -> TICK_NS;
                };
        Structs.writeTimespec(task.user(), intervalAddr, intervalNs);
        return 0;
    }

    /** Whole ticks: msecs_to_jiffies(). */
    private static long roundRobinTicks(Task task) {
        int sliceMs =
                task.sandbox().vfs().settings().get(VfsSettings.Setting.SCHED_RR_TIMESLICE_MS);
        return (sliceMs + TICK_MS - 1) / TICK_MS;
    }

    @Syscall(nr = 24, name = "sched_yield")
    long schedYield(Task task) {
        Thread.yield();
        return 0;
    }

    /** The task with this id, 0 for the caller: EINVAL for negative ones, ESRCH. */
    static GuestTask find(Task task, int pid) {
        if (pid < 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask caller = GuestTask.of(task);
        GuestTask target = pid == 0 ? caller : caller.services().tree().find(caller, pid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    /** Sets a policy after the checks of kernel/sched/syscalls.c user_check_sched_setscheduler. */
    static void set(
            GuestTask caller, GuestTask target, int policy, int priority, boolean resetOnFork) {
        boolean realTime = isRealTime(policy);
        boolean known =
                realTime
                        || policy == SchedPolicy.SCHED_OTHER
                        || policy == SchedPolicy.SCHED_BATCH
                        || policy == SchedPolicy.SCHED_IDLE;
        boolean inRange =
                realTime
                        ? priority >= SchedPolicy.SCHED_PRIORITY_MIN
                                && priority <= SchedPolicy.SCHED_PRIORITY_MAX
                        : priority == 0;
        if (!known || !inRange) {
            throw Errno.EINVAL.exception();
        }
        Credentials own = caller.credentials();
        Scheduling old = target.scheduling();
        if (!own.can(Capabilities.CAP_SYS_NICE)) {
            long limit = target.group().limits().soft(Rlimits.RLIMIT_RTPRIO);
            boolean raised = realTime && priority > limit && priority > old.priority();
            boolean newRealTime = realTime && policy != old.policy() && limit == 0;
            if (raised
                    || newRealTime
                    || !sameUser(own, target.credentials())
                    || old.resetOnFork() && !resetOnFork) {
                throw Errno.EPERM.exception();
            }
        }
        old.setPolicy(policy, priority, resetOnFork);
        target.setTimerSlackNs(target.timerSlackNs());
        target.scheduling().apply(target);
        target.services().futexes().pi().reorder(target.tid());
    }

    static boolean sameUser(Credentials own, Credentials other) {
        return own.effectiveUid() == other.effectiveUid() || own.effectiveUid() == other.uid();
    }

    private static boolean isRealTime(int policy) {
        return policy == SchedPolicy.SCHED_FIFO || policy == SchedPolicy.SCHED_RR;
    }

    /** 0 for the policies without priorities, EINVAL for unknown ones. */
    private static long checkPolicy(int policy) {
        return switch (policy) {
            case SchedPolicy.SCHED_OTHER,
                    SchedPolicy.SCHED_BATCH,
                    SchedPolicy.SCHED_IDLE,
                    SchedPolicy.SCHED_DEADLINE,
                    SchedPolicy.SCHED_EXT ->
                    0;
            default -> throw Errno.EINVAL.exception();
        };
    }

    private static int readPriority(Task task, long paramAddr) {
        return SchedParam.readFrom(Structs.copyIn(task.user(), paramAddr, SchedParam.SIZE), 0)
                .priority();
    }
}
