package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import java.util.Arrays;

/**
 * {@code sched_setaffinity(2)}, {@code getcpu(2)}. Guests see the CPUs that the kernel host may
 * use, counted from 0.
 */
final class AffinityCalls {
    private static final int LONG_BYTES = 8;
    private static final int MOST_CPUS = 64;

    @Syscall(nr = 203, name = "sched_setaffinity")
    long schedSetaffinity(Task task, int pid, int sizeBytes, long maskAddr) {
        GuestTask caller = GuestTask.of(task);
        long wanted = 0;
        int read = Math.min(Math.max(sizeBytes, 0), LONG_BYTES);
        byte[] bytes = task.user().copyIn(maskAddr, read);
        for (int i = 0; i < read; i++) {
            wanted |= (bytes[i] & 0xffL) << 8 * i;
        }
        GuestTask target = find(task, pid);
        if (!SchedulingCalls.sameUser(caller.credentials(), target.credentials())
                && !caller.credentials().can(Capabilities.CAP_SYS_NICE)) {
            throw Errno.EPERM.exception();
        }
        long possible = wanted & allCpus(caller);
        if (possible == 0) {
            throw Errno.EINVAL.exception();
        }
        target.scheduling().setAffinity(possible);
        target.scheduling().apply(target);
        return 0;
    }

    @Syscall(nr = 204, name = "sched_getaffinity")
    long schedGetaffinity(Task task, int pid, int sizeBytes, long maskAddr) {
        if (sizeBytes < LONG_BYTES || sizeBytes % LONG_BYTES != 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask target = find(task, pid);
        long mask = target.scheduling().affinity() & allCpus(target);
        task.user().writeLong(maskAddr, mask);
        return LONG_BYTES;
    }

    @Syscall(nr = 309, name = "getcpu")
    long getcpu(Task task, long cpuAddr, long nodeAddr, long unusedAddr) {
        GuestTask guest = GuestTask.of(task);
        int[] cpus = guest.services().host().usableCpuNumbers();
        // A CPU that the kernel host was kept from a moment ago is told as the first.
        int cpu =
                Math.max(
                        0,
                        Arrays.binarySearch(cpus, guest.services().hostProcesses().currentCpu()));
        long mask = guest.scheduling().affinity() & allCpus(guest);
        if (cpu < MOST_CPUS && (mask >>> cpu & 1) == 0) {
            // confined a moment ago, and not there yet
            cpu = Long.numberOfTrailingZeros(mask);
        }
        if (cpuAddr != 0) {
            task.user().writeInt(cpuAddr, cpu);
        }
        if (nodeAddr != 0) {
            task.user().writeInt(nodeAddr, 0);
        }
        return 0;
    }

    /** Unlike the other scheduling calls these look a negative pid up: ESRCH, not EINVAL. */
    private static GuestTask find(Task task, int pid) {
        if (pid < 0) {
            throw Errno.ESRCH.exception();
        }
        return SchedulingCalls.find(task, pid);
    }

    private static long allCpus(GuestTask task) {
        int cpus = Math.min(task.services().host().usableCpus(), MOST_CPUS);
        return cpus == MOST_CPUS ? -1L : (1L << cpus) - 1;
    }
}
