package dev.moat.task.process;

import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.TaskThreads;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.api.time.TimerService;
import dev.moat.task.futex.FutexTable;
import java.util.Objects;

/** What the tasks of one sandbox work with. */
public record TaskServices(
        Sandbox sandbox,
        PlatformSlot platform,
        SandboxMemory memory,
        Clock clock,
        TimerService timers,
        HostSystem host,
        HostProcesses hostProcesses,
        LoaderSlot loader,
        SignalSender sender,
        FutexTable futexes,
        ProcessTree tree,
        TaskThreads threads,
        Cgroups cgroups) {
    /** The task itself; behind an operation of a ring, the first one of its process. */
    public static GuestTask actor(Task task) {
        return task instanceof GuestTask guest ? guest : (GuestTask) task.group().leader();
    }

    /** What was written before there were control groups has none of them. */
    @Override
    public Cgroups cgroups() {
        return Objects.requireNonNullElseGet(cgroups, () -> Cgroups.of(sandbox));
    }
}
