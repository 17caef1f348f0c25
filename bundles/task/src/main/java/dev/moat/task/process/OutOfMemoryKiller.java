package dev.moat.task.process;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;

import dev.moat.abi.Signals;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.MemoryAccount.Event;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.mm.MemoryService.OutOfMemoryListener;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the largest process when the sandbox' memory is exhausted; {@code oom_score_adj} makes it
 * larger or smaller by thousandths of what there is. Source: mm/oom_kill.c.
 */
@Stateful
final class OutOfMemoryKiller implements OutOfMemoryListener {
    /** Such a process is never chosen. */
    private static final int OOM_SCORE_ADJ_MIN = -1000;

    private final TaskServices services;

    OutOfMemoryKiller(TaskServices services) {
        this.services = services;
    }

    @Override
    public boolean outOfMemory(long wantedBytes, @Nullable MemoryAccount limiting) {
        (limiting == null ? services.cgroups().rootMemory() : limiting).count(Event.OOM);
        GuestGroup victim = null;
        MemoryStats victimStats = null;
        long worst = Long.MIN_VALUE;
        long total = availableBytes(limiting);
        for (GuestGroup group : services.tree().collectGroups()) {
            List<GuestTask> live = group.live;
            if (live.isEmpty() || !isCharged(live.getFirst(), limiting)) {
                continue;
            }
            if (group.exitStatus() != null) {
                // One is ending already and gives its memory back; if the caller is of it, it must
                // not wait.
                return !isCallersOwn(live);
            }
            if (group.oomScoreAdjustment() == OOM_SCORE_ADJ_MIN) {
                continue;
            }
            MemoryStats stats = live.getFirst().memory().stats();
            long badness = stats.residentBytes() + total / 1000 * group.oomScoreAdjustment();
            if (badness > worst) {
                victim = group;
                victimStats = stats;
                worst = badness;
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
        return kill(victim, limiting);
    }

    /** Ends the victim, or with it all of its group if memory.oom.group wants that. */
    private boolean kill(GuestGroup victim, @Nullable MemoryAccount limiting) {
        Cgroup cgroup = victim.leader().cgroup();
        MemoryAccount payer = cgroup.payer();
        boolean callers = isCallersOwn(victim.live);
        services.sender().kill(victim, ExitStatus.killed(Signals.SIGKILL));
        (payer == null ? services.cgroups().rootMemory() : payer).count(Event.OOM_KILL);
        MemoryAccount together = findTogether(payer, cgroup, limiting);
        if (together != null) {
            together.count(Event.OOM_GROUP_KILL);
            for (GuestGroup other : services.tree().collectGroups()) {
                List<GuestTask> live = other.live;
                if (other != victim && !live.isEmpty() && isCharged(live.getFirst(), together)) {
                    callers |= isCallersOwn(live);
                    services.sender().kill(other, ExitStatus.killed(Signals.SIGKILL));
                    together.count(Event.OOM_KILL);
                }
            }
        }
        services.cgroups().tell(cgroup, "memory.events");
        return !callers;
    }

    /** The highest group, up to the one that has no more, that ends as a whole. */
    private static @Nullable MemoryAccount findTogether(
            @Nullable MemoryAccount payer, Cgroup cgroup, @Nullable MemoryAccount limiting) {
        MemoryAccount found = null;
        for (Cgroup at = payer == null ? null : cgroup; at != null; at = at.parent()) {
            MemoryAccount account = at.memory();
            if (account != null && account.killsAll()) {
                found = account;
            }
            if (account == limiting) {
                break;
            }
        }
        return found;
    }

    private static boolean isCharged(GuestTask task, @Nullable MemoryAccount limiting) {
        if (limiting == null) {
            return true;
        }
        MemoryAccount payer = task.cgroup().payer();
        return payer != null && payer.isWithin(limiting);
    }

    private static boolean isCallersOwn(List<GuestTask> tasks) {
        for (GuestTask task : tasks) {
            if (task.blocker().isCurrent()) {
                return true;
            }
        }
        return false;
    }

    /** What those who are charged to {@code limiting} could have at most: oom_evaluate_task(). */
    private long availableBytes(@Nullable MemoryAccount limiting) {
        long all = Math.min(services.memory().limitBytes(), services.host().totalMemoryBytes());
        return limiting == null ? all : Math.min(all / PAGE_SIZE, limiting.maxPages()) * PAGE_SIZE;
    }
}
