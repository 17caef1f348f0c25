package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Membarrier;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.KernelPassage;

/** {@code membarrier(2)}. */
final class MembarrierCalls {
    private static final int CODE_COMMANDS =
            Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
                    | Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

    private static final int SERVED =
            Membarrier.MEMBARRIER_CMD_GLOBAL
                    | Membarrier.MEMBARRIER_CMD_GLOBAL_EXPEDITED
                    | Membarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED
                    | Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED
                    | Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
                    | Membarrier.MEMBARRIER_CMD_GET_REGISTRATIONS;

    @Syscall(
            nr = 324,
            name = "membarrier",
            support = Support.PARTIAL,
            note = "No RSEQ commands (EINVAL), as a kernel without CONFIG_RSEQ.")
    long membarrier(Task task, int command, int flags, int cpu) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        GuestGroup group = GuestTask.of(task).group();
        switch (command) {
            case Membarrier.MEMBARRIER_CMD_QUERY -> {
                return synchronizeCores(task) ? SERVED | CODE_COMMANDS : SERVED;
            }
            case Membarrier.MEMBARRIER_CMD_GLOBAL, Membarrier.MEMBARRIER_CMD_GLOBAL_EXPEDITED -> {
                for (GuestGroup any : GuestTask.of(task).services().tree().collectGroups()) {
                    fence(task, any);
                }
            }
            case Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED -> {
                if (!group.isBarrierRegistered()) {
                    throw Errno.EPERM.exception();
                }
                fence(task, group);
            }
            case Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED ->
                    group.setBarrierRegistered();
            case Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE -> {
                if (!group.isCodeBarrierRegistered()) {
                    throw Errno.EPERM.exception();
                }
                synchronizeCoresOrThrow(task);
            }
            case Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE -> {
                synchronizeCoresOrThrow(task);
                group.setCodeBarrierRegistered();
            }
            case Membarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED ->
                    group.setGlobalBarrierRegistered();
            case Membarrier.MEMBARRIER_CMD_GET_REGISTRATIONS -> {
                return registrations(group);
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    /** Only the host can do it; whether it does is known when it was asked. */
    private static boolean synchronizeCores(Task task) {
        return task.memory().addressSpace().synchronizeCores();
    }

    private static void synchronizeCoresOrThrow(Task task) {
        if (!synchronizeCores(task)) {
            throw Errno.EINVAL.exception();
        }
    }

    private static long registrations(GuestGroup group) {
        long all = 0;
        if (group.isCodeBarrierRegistered()) {
            // Both states are one word of the kernel, in which each stands for the plain one, too.
            all |= Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
            all |= Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
        }
        if (group.isBarrierRegistered()) {
            all |= Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
        }
        if (group.isGlobalBarrierRegistered()) {
            all |= Membarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
        }
        return all;
    }

    /**
     * Makes every thread in guest code pass through the kernel, which orders its memory accesses.
     */
    private static void fence(Task caller, GuestGroup group) {
        for (GuestTask task : group.liveTasks()) {
            if (task != caller) {
                KernelPassage.await(GuestTask.of(caller), task);
            }
        }
    }
}
