package dev.moat.task.process;

import dev.moat.abi.Signals;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.mm.MemoryService.OutOfMemoryListener;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends the largest process when the sandbox' memory is exhausted. Source: mm/oom_kill.c. */
@Stateful
final class OutOfMemoryKiller implements OutOfMemoryListener {
    private final TaskServices services;

    OutOfMemoryKiller(TaskServices services) {
        this.services = services;
    }

    @Override
    public boolean outOfMemory(long wantedBytes) {
        GuestGroup victim = null;
        MemoryStats victimStats = null;
        for (GuestGroup group : services.tree().collectGroups()) {
            List<GuestTask> live = group.live;
            if (live.isEmpty()) {
                continue;
            }
            if (group.exitStatus() != null) {
                // One is ending already and gives its memory back; if the caller is of it, it must
                // not wait.
                return !isCallersOwn(live);
            }
            MemoryStats stats = live.getFirst().memory().stats();
            if (isWorse(stats, victimStats)) {
                victim = group;
                victimStats = stats;
            }
        }
        if (victim == null || victimStats == null) {
            return false;
        }
        services.sandbox()
                .log(
                        "Out of memory: Killed process "
                                + victim.tgid()
                                + " ("
                                + victim.leader().name()
                                + ") total-vm:"
                                + victimStats.virtualBytes() / 1024
                                + "kB, anon-rss:"
                                + victimStats.residentAnonymousBytes() / 1024
                                + "kB, file-rss:"
                                + victimStats.residentFileBytes() / 1024
                                + "kB");
        services.sender().kill(victim, ExitStatus.killed(Signals.SIGKILL));
        return !isCallersOwn(victim.live);
    }

    private static boolean isCallersOwn(List<GuestTask> tasks) {
        for (GuestTask task : tasks) {
            if (task.blocker().isCurrent()) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWorse(MemoryStats stats, @Nullable MemoryStats worst) {
        return worst == null || stats.residentBytes() > worst.residentBytes();
    }
}
