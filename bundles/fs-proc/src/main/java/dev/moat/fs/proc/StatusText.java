package dev.moat.fs.proc;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Rlimits;
import dev.moat.api.mm.MemoryManager.Layout;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.namespace.PidView;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.task.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.Arrays;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** {@code /proc/pid/status}. Fields that say nothing in a sandbox are left out. */
final class StatusText {
    private static final int KIB = 1024;

    /** MAX_NUMNODES with CONFIG_NODES_SHIFT=10: as wide as masks of memory nodes are. */
    private static final int NODES = 1024;

    private StatusText() {}

    static String of(ProcFilesystem proc, Task task) {
        StringBuilder out = new StringBuilder(1500);
        identity(out, proc.pids(), task);
        if (!task.group().isZombie()) {
            memory(out, task.memory().stats(), task.memory().layout());
        }
        line(out, "CoreDumping", 0);
        line(out, "Threads", task.group().tasks().size());
        signals(out, task);
        capabilities(out, task.credentials());
        line(out, "Seccomp", task.seccompMode());
        line(out, "Seccomp_filters", task.seccompFilters());
        cpus(out, proc.facts().cpus(), task.schedulingFacts().affinity());
        line(out, "voluntary_ctxt_switches", task.voluntarySwitches());
        return out.toString();
    }

    private static void identity(StringBuilder out, PidView pids, Task task) {
        ThreadGroup group = task.group();
        Credentials who = task.credentials();
        line(out, "Name", escaped(task.name()));
        if (!group.isZombie()) {
            line(out, "Umask", String.format("%04o", task.fs().umask()));
        }
        line(out, "State", state(task.state()));
        line(out, "Tgid", pids.seen(group.tgid()));
        line(out, "Ngid", 0);
        line(out, "Pid", pids.seen(task.tid()));
        line(out, "PPid", pids.seen(group.parentTgid()));
        line(out, "TracerPid", pids.seen(task.tracerTid()));
        line(out, "Uid", ids(who.uid(), who.effectiveUid(), who.savedUid(), who.fsUid()));
        line(out, "Gid", ids(who.gid(), who.effectiveGid(), who.savedGid(), who.fsGid()));
        line(out, "FDSize", descriptorSlots(task));
        line(
                out,
                "Groups",
                Arrays.stream(who.groups())
                        .mapToObj(id -> Integer.toUnsignedString(id) + " ")
                        .collect(Collectors.joining()));
        line(out, "NStgid", numbers(pids, task, group.tgid()));
        line(out, "NSpid", numbers(pids, task, task.tid()));
        line(out, "NSpgid", numbers(pids, task, group.processGroupId()));
        line(out, "NSsid", numbers(pids, task, group.sessionId()));
        line(out, "Kthread", 0);
    }

    /** From the namespace that is shown to the task's own. */
    private static String numbers(PidView shown, Task task, int id) {
        String out = "";
        for (PidView at = task.pids(); at.level() >= shown.level(); at = at.parent()) {
            out = at.seen(id) + (out.isEmpty() ? "" : "\t" + out);
            if (at.level() == 0) {
                break;
            }
        }
        return out;
    }

    private static int descriptorSlots(Task task) {
        if (task.group().isZombie()) {
            return 0;
        }
        try {
            int highest = task.files().collectFds().stream().mapToInt(fd -> fd).max().orElse(0);
            return Math.max(64, Integer.highestOneBit(highest) * 2);
        } catch (ErrnoException gone) {
            return 0;
        }
    }

    private static void memory(StringBuilder out, MemoryStats stats, Layout layout) {
        kib(out, "VmPeak", stats.peakVirtualBytes());
        kib(out, "VmSize", stats.virtualBytes());
        kib(out, "VmLck", stats.lockedBytes());
        kib(out, "VmPin", 0);
        kib(out, "VmHWM", stats.peakResidentBytes());
        kib(out, "VmRSS", stats.residentBytes());
        kib(out, "RssAnon", stats.residentAnonymousBytes());
        kib(out, "RssFile", stats.residentFileBytes() - stats.residentMemoryFileBytes());
        kib(out, "RssShmem", stats.residentMemoryFileBytes());
        kib(out, "VmData", stats.dataBytes());
        kib(out, "VmStk", stats.stackBytes());
        long text = StatText.textBytes(layout);
        kib(out, "VmExe", text);
        kib(out, "VmLib", Math.max(0, stats.executableBytes() - text));
        kib(out, "VmPTE", stats.pageTableBytes());
        kib(out, "VmSwap", 0);
        kib(out, "HugetlbPages", stats.hugePoolBytes());
    }

    private static void signals(StringBuilder out, Task task) {
        Signals signals = task.signals();
        line(out, "SigQ", "0/" + limit(task.group().limits().soft(Rlimits.RLIMIT_SIGPENDING)));
        mask(out, "SigPnd", signals.pendingPrivate());
        mask(out, "ShdPnd", signals.pending() & ~signals.pendingPrivate());
        mask(out, "SigBlk", signals.blocked());
        mask(out, "SigIgn", signals.ignored());
        mask(out, "SigCgt", signals.caught());
    }

    private static String limit(long soft) {
        return soft == Long.MAX_VALUE ? "unlimited" : Long.toString(soft);
    }

    private static void capabilities(StringBuilder out, Credentials who) {
        CapabilitySets sets = who.capabilities();
        mask(out, "CapInh", sets.inheritable());
        mask(out, "CapPrm", sets.permitted());
        mask(out, "CapEff", sets.effective());
        mask(out, "CapBnd", sets.bounding());
        mask(out, "CapAmb", sets.ambient());
        line(out, "NoNewPrivs", who.noNewPrivileges() ? 1 : 0);
    }

    private static void cpus(StringBuilder out, int cpus, long affinity) {
        long allowed = affinity & (cpus >= 64 ? -1L : (1L << cpus) - 1);
        line(out, "Cpus_allowed", Long.toHexString(allowed));
        line(out, "Cpus_allowed_list", ranges(allowed));
        line(out, "Mems_allowed", "00000000,".repeat(NODES / Integer.SIZE - 1) + "00000001");
        line(out, "Mems_allowed_list", "0");
    }

    /** Bits that are set, such as 0-2,4. */
    private static String ranges(long bits) {
        StringJoiner ranges = new StringJoiner(",");
        for (int first = Long.numberOfTrailingZeros(bits); first < 64; ) {
            int behind = first + Long.numberOfTrailingZeros(~(bits >>> first));
            ranges.add(behind == first + 1 ? "" + first : first + "-" + (behind - 1));
            first =
                    behind >= 64
                            ? 64
                            : behind + Math.min(64, Long.numberOfTrailingZeros(bits >>> behind));
        }
        return ranges.toString();
    }

    private static String state(Task.TaskState state) {
        return switch (state) {
            case RUNNING -> "R (running)";
            case SLEEPING -> "S (sleeping)";
            case DISK_SLEEP -> "D (disk sleep)";
            case STOPPED -> "T (stopped)";
            case TRACED -> "t (tracing stop)";
            case ZOMBIE -> "Z (zombie)";
            case DEAD -> "X (dead)";
        };
    }

    /** Newlines and backslashes would forge lines. */
    private static String escaped(String name) {
        return name.replace("\\", "\\\\").replace("\n", "\\n");
    }

    private static String ids(int real, int effective, int saved, int fs) {
        return Integer.toUnsignedString(real)
                + "\t"
                + Integer.toUnsignedString(effective)
                + "\t"
                + Integer.toUnsignedString(saved)
                + "\t"
                + Integer.toUnsignedString(fs);
    }

    private static void line(StringBuilder out, String field, Object value) {
        out.append(field).append(":\t").append(value).append('\n');
    }

    private static void mask(StringBuilder out, String field, long value) {
        line(out, field, String.format("%016x", value));
    }

    private static void kib(StringBuilder out, String field, long bytes) {
        line(out, field, String.format("%8d kB", bytes / KIB));
    }
}
