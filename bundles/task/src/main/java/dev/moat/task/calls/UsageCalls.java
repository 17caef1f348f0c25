package dev.moat.task.calls;

import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.abi.Rusage;
import dev.moat.abi.Sysinfo;
import dev.moat.abi.Tms;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TaskServices;
import dev.moat.task.process.Usage;
import java.lang.foreign.MemorySegment;

/** {@code times(2)}, {@code getrusage(2)}, {@code sysinfo(2)}. */
final class UsageCalls {
    private static final long NS_PER_TICK = Clocks.NSEC_PER_SEC / Clocks.USER_HZ;

    /** Load averages are told as fixed point numbers: 1 << SI_LOAD_SHIFT, linux/sysinfo.h. */
    private static final double LOAD_SCALE = 65536;

    @Syscall(nr = 100, name = "times")
    long times(Task task, long bufferAddr) {
        GuestTask guest = GuestTask.of(task);
        if (bufferAddr != 0) {
            CpuTime own = guest.group().cpuTime();
            CpuTime children = guest.group().childrenCpuTime();
            MemorySegment struct = Structs.allocate(Tms.SIZE);
            new Tms(
                            own.userNs() / NS_PER_TICK,
                            own.systemNs() / NS_PER_TICK,
                            children.userNs() / NS_PER_TICK,
                            children.systemNs() / NS_PER_TICK)
                    .writeTo(struct, 0);
            Structs.copyOut(task.user(), bufferAddr, struct);
        }
        return guest.services().clock().monotonicNs() / NS_PER_TICK;
    }

    @Syscall(nr = 98, name = "getrusage")
    long getrusage(Task task, int who, long usageAddr) {
        GuestTask guest = GuestTask.of(task);
        Usage usage =
                switch (who) {
                    case Rlimits.RUSAGE_SELF -> guest.group().usage();
                    case Rlimits.RUSAGE_CHILDREN -> guest.group().childrenUsage();
                    case Rlimits.RUSAGE_THREAD -> Usage.ofTask(guest);
                    default -> throw Errno.EINVAL.exception();
                };
        MemorySegment struct = Structs.allocate(Rusage.SIZE);
        Rusage rusage = usage.toRusage();
        rusage.writeTo(struct, 0);
        Structs.copyOut(task.user(), usageAddr, struct);
        return 0;
    }

    @Syscall(nr = 99, name = "sysinfo")
    long sysinfo(Task task, long infoAddr) {
        TaskServices services = GuestTask.of(task).services();
        SandboxMemory memory = services.memory();
        long hostTotal = services.host().totalMemoryBytes();
        long total = Math.min(memory.limitBytes(), hostTotal);
        long free =
                Math.max(
                        0,
                        Math.min(
                                total - Math.min(total, memory.usedBytes()),
                                services.host().freeMemoryBytes()));
        double[] load = services.tree().loadAverages();
        MemorySegment struct = Structs.allocate(Sysinfo.SIZE);
        new Sysinfo(
                        (services.clock().boottimeNs() + task.namespaces().time().boottimeNs())
                                / Clocks.NSEC_PER_SEC,
                        (long) (load[0] * LOAD_SCALE),
                        (long) (load[1] * LOAD_SCALE),
                        (long) (load[2] * LOAD_SCALE),
                        total,
                        free,
                        0,
                        0,
                        0,
                        0,
                        services.tree().taskCount(),
                        0,
                        0,
                        1)
                .writeTo(struct, 0);
        Structs.copyOut(task.user(), infoAddr, struct);
        return 0;
    }
}
