package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SchedAttr;
import dev.moat.abi.SchedPolicy;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.Scheduling;
import java.lang.foreign.MemorySegment;

/** {@code sched_setattr(2)}, {@code sched_getattr(2)}. */
final class SchedAttrCalls {
    private static final int PAGE_BYTES = 4096;

    @Syscall(
            nr = 314,
            name = "sched_setattr",
            support = Support.PARTIAL,
            note = "No SCHED_DEADLINE (EPERM). " + SchedulingCalls.NO_REAL_TIME)
    long schedSetattr(Task task, int pid, long attrAddr, int flags) {
        if (attrAddr == 0 || pid < 0 || flags != 0) {
            throw Errno.EINVAL.exception();
        }
        SchedAttr attr = read(task, attrAddr);
        if ((attr.flags() & ~SchedPolicy.SCHED_FLAG_ALL) != 0 || attr.policy() < 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask target = SchedulingCalls.find(task, pid);
        Scheduling old = target.scheduling();
        boolean keepPolicy = (attr.flags() & SchedPolicy.SCHED_FLAG_KEEP_POLICY) != 0;
        boolean keepParams = (attr.flags() & SchedPolicy.SCHED_FLAG_KEEP_PARAMS) != 0;
        int policy = keepPolicy ? old.policy() : attr.policy();
        if (policy == SchedPolicy.SCHED_DEADLINE) {
            throw Errno.EPERM.exception();
        }
        int priority = keepParams ? old.priority() : attr.priority();
        boolean reset = (attr.flags() & SchedPolicy.SCHED_FLAG_RESET_ON_FORK) != 0;
        GuestTask caller = GuestTask.of(task);
        // Asked of normal policies only, not of SCHED_IDLE: user_check_sched_setscheduler().
        if (!keepParams && priority == 0 && policy != SchedPolicy.SCHED_IDLE) {
            PriorityCalls.checkNice(caller, target, attr.nice(), Errno.EPERM);
        }
        SchedulingCalls.set(caller, target, policy, priority, reset);
        if (!keepParams && priority == 0) {
            old.setNice(Math.clamp(attr.nice(), -20, 19));
            target.scheduling().apply(target);
        }
        return 0;
    }

    @Syscall(nr = 315, name = "sched_getattr")
    long schedGetattr(Task task, int pid, long attrAddr, int sizeBytes, int flags) {
        if (attrAddr == 0
                || flags != 0
                || sizeBytes < SchedAttr.SIZE_VER0
                || sizeBytes > PAGE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        Scheduling scheduling = SchedulingCalls.find(task, pid).scheduling();
        int size = (int) Math.min(sizeBytes, SchedAttr.SIZE);
        MemorySegment struct = Structs.allocate(SchedAttr.SIZE);
        new SchedAttr(
                        size,
                        scheduling.policy(),
                        scheduling.resetOnFork() ? SchedPolicy.SCHED_FLAG_RESET_ON_FORK : 0,
                        scheduling.priority() == 0 ? scheduling.nice() : 0,
                        scheduling.priority(),
                        0,
                        0,
                        0,
                        0,
                        1024)
                .writeTo(struct, 0);
        task.user().copyOut(attrAddr, struct, 0, size);
        return 0;
    }

    /**
     * sched_copy_attr: an older struct is filled with zeros, a newer one must be zero behind what
     * is known.
     */
    private static SchedAttr read(Task task, long attrAddr) {
        int size = task.user().readInt(attrAddr);
        if (size == 0) {
            size = SchedAttr.SIZE_VER0;
        }
        if (size < SchedAttr.SIZE_VER0 || size > PAGE_BYTES) {
            task.user().writeInt(attrAddr, (int) SchedAttr.SIZE);
            throw Errno.E2BIG.exception();
        }
        byte[] given = task.user().copyIn(attrAddr, size);
        for (int i = (int) SchedAttr.SIZE; i < size; i++) {
            if (given[i] != 0) {
                task.user().writeInt(attrAddr, (int) SchedAttr.SIZE);
                throw Errno.E2BIG.exception();
            }
        }
        MemorySegment struct = Structs.allocate(SchedAttr.SIZE);
        MemorySegment.copy(
                MemorySegment.ofArray(given), 0, struct, 0, Math.min(size, SchedAttr.SIZE));
        return SchedAttr.readFrom(struct, 0);
    }
}
