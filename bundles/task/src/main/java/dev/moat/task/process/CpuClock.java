package dev.moat.task.process;

import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task.CpuTime;
import org.jspecify.annotations.Nullable;

/**
 * The CPU time of a task: what its contexts have used for guest code, and what the thread that
 * serves it has used since it came to this task. Read by any thread.
 */
@Stateful
final class CpuClock {
    /** Of an ended task; null while it lives. */
    private volatile @Nullable CpuTime finalTime;

    /** Guest time of contexts that others have replaced. Written by the own thread only. */
    private volatile long replacedGuestNs;

    @HostBound("of the new thread")
    private volatile int hostTid;

    /** CPU time that the thread had used before it came to this task. Written before hostTid. */
    @HostBound("so that times go on")
    private volatile long formerTasksNs;

    CpuClock() {}

    /** One that goes on. */
    CpuClock(@Nullable CpuTime finalTime, long replacedGuestNs, int hostTid, long formerTasksNs) {
        this.finalTime = finalTime;
        this.replacedGuestNs = replacedGuestNs;
        this.hostTid = hostTid;
        this.formerTasksNs = formerTasksNs;
    }

    /** The calling thread serves the task from here on; gives its number on the host. */
    int takeThread(HostProcesses host) {
        int tid = host.threadId();
        formerTasksNs = Math.max(0, host.threadCpuTimeNs(tid));
        hostTid = tid;
        return tid;
    }

    /** Goes on from what a checkpoint has saved, on the thread that was taken for it. */
    void goOnFrom(CpuTime saved) {
        replacedGuestNs = saved.userNs();
        formerTasksNs -= saved.systemNs();
    }

    /** A context of the task is going to be closed. */
    void contextReplaced(ExecutionContext former) {
        replacedGuestNs += former.guestTimeNs();
    }

    /**
     * @param context that the task has now; null if it has none
     */
    CpuTime now(HostProcesses host, @Nullable ExecutionContext context) {
        CpuTime ended = finalTime;
        if (ended != null) {
            return ended;
        }
        long guestNs = context == null ? 0 : context.guestTimeNs();
        long kernelNs = hostTid == 0 ? 0 : host.threadCpuTimeNs(hostTid) - formerTasksNs;
        return new CpuTime(replacedGuestNs + Math.max(0, guestNs), Math.max(0, kernelNs));
    }

    /** The task has ended. */
    void freeze(HostProcesses host, @Nullable ExecutionContext context) {
        finalTime = now(host, context);
    }
}
