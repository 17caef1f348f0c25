package dev.moat.task.calls;

import dev.moat.abi.ArchPrctl;
import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.signal.FloatingPointFrame;

/** {@code arch_prctl(2)}. */
final class ArchPrctlCalls {
    /** First address that user segments may not point to; arch/x86 TASK_SIZE_MAX. */
    private static final long USER_END = 0x7fff_ffff_f000L;

    /** XFEATURE_MAX, arch/x86/include/asm/fpu/types.h. */
    private static final int FEATURES = 20;

    /** As on a processor without CPUID faulting, address masking and shadow stacks. */
    @Syscall(
            nr = 158,
            name = "arch_prctl",
            support = Support.PARTIAL,
            note = "tiles of AMX are not given: ARCH_REQ_XCOMP_PERM is EOPNOTSUPP")
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
            case ArchPrctl.ARCH_SET_CPUID -> throw Errno.ENODEV.exception();
            case ArchPrctl.ARCH_GET_XCOMP_SUPP,
                    ArchPrctl.ARCH_GET_XCOMP_PERM,
                    ArchPrctl.ARCH_GET_XCOMP_GUEST_PERM ->
                    task.user()
                            .writeLong(
                                    argument,
                                    FloatingPointFrame.features(GuestTask.of(task).context()));
            case ArchPrctl.ARCH_REQ_XCOMP_PERM, ArchPrctl.ARCH_REQ_XCOMP_GUEST_PERM ->
                    throw requestRefusal(argument).exception();
            case ArchPrctl.ARCH_MAP_VDSO_32, ArchPrctl.ARCH_MAP_VDSO_64 -> {
                if (hasVdso(task)) {
                    throw Errno.EEXIST.exception();
                }
                throw Errno.EINVAL.exception();
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    /** There is no feature that a process must ask for: the platform keeps the others' state. */
    private static Errno requestRefusal(long feature) {
        return Long.compareUnsigned(feature, FEATURES) >= 0 ? Errno.EINVAL : Errno.EOPNOTSUPP;
    }

    private static boolean hasVdso(Task task) {
        return task.memory().collectVmas().stream().anyMatch(area -> area.name().equals("[vdso]"));
    }

    private static void setBase(Task task, int register, long base) {
        if (Long.compareUnsigned(base, USER_END) >= 0) {
            throw Errno.EPERM.exception();
        }
        task.registers().set(register, base);
    }
}
