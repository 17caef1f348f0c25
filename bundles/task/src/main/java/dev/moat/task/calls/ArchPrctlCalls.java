package dev.moat.task.calls;

import dev.moat.abi.ArchPrctl;
import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code arch_prctl(2)}. */
final class ArchPrctlCalls {
    /** First address that user segments may not point to; arch/x86 TASK_SIZE_MAX. */
    private static final long USER_END = 0x7fff_ffff_f000L;

    @Syscall(
            nr = 158,
            name = "arch_prctl",
            support = Support.PARTIAL,
            note = "fs and gs bases; CPUID is always on; others EINVAL.")
    long archPrctl(Task task, int operation, long argument) {
        switch (operation) {
            case ArchPrctl.ARCH_SET_FS -> setBase(task, UserRegs.FS_BASE, argument);
            case ArchPrctl.ARCH_SET_GS -> setBase(task, UserRegs.GS_BASE, argument);
            case ArchPrctl.ARCH_GET_FS ->
                    task.user().writeLong(argument, task.registers().get(UserRegs.FS_BASE));
            case ArchPrctl.ARCH_GET_GS ->
                    task.user().writeLong(argument, task.registers().get(UserRegs.GS_BASE));
            case ArchPrctl.ARCH_GET_CPUID -> {
                return 1;
            }
            case ArchPrctl.ARCH_SET_CPUID -> {
                if (argument == 0) {
                    throw Errno.ENODEV.exception();
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static void setBase(Task task, int register, long base) {
        if (Long.compareUnsigned(base, USER_END) >= 0) {
            throw Errno.EPERM.exception();
        }
        task.registers().set(register, base);
    }
}
