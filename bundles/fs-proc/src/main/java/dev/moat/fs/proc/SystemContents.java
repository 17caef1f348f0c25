package dev.moat.fs.proc;

import dev.moat.api.sandbox.UtsName;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Files of {@code /proc} about the whole sandbox. */
final class SystemContents {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long TICK_NS = 10_000_000L;

    private SystemContents() {}

    static Map<String, Content> all() {
        Map<String, Content> contents = new TreeMap<>();
        contents.put("cgroups", CgroupText::controllers);
        contents.put("cmdline", (proc, reader) -> "moat\n");
        contents.put("cpuinfo", (proc, reader) -> proc.facts().cpuInfo());
        contents.put("devices", (proc, reader) -> DEVICES);
        contents.put("diskstats", (proc, reader) -> "");
        contents.put("execdomains", (proc, reader) -> "0-0\tLinux           \t[kernel]\n");
        contents.put("filesystems", SystemContents::filesystems);
        contents.put("interrupts", InterruptText::interrupts);
        contents.put("loadavg", SystemContents::loadAverage);
        contents.put("meminfo", MemorySummary::information);
        contents.put("modules", (proc, reader) -> "");
        contents.put("partitions", (proc, reader) -> "major minor  #blocks  name\n\n");
        contents.put("softirqs", InterruptText::deferred);
        contents.put("stat", SystemContents::statistics);
        contents.put(
                "swaps", (proc, reader) -> "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        contents.put("uptime", SystemContents::uptime);
        contents.put("version", SystemContents::version);
        contents.put("vmstat", MemorySummary::statistics);
        return contents;
    }

    private static final String DEVICES =
            """
            Character devices:
              1 mem
              4 /dev/vc/0
              5 /dev/tty
              5 /dev/console
              5 /dev/ptmx
            136 pts

            Block devices:
            """;

    private static String filesystems(ProcFilesystem proc, Task reader) {
        StringBuilder out = new StringBuilder();
        for (String type : proc.sandbox().vfs().filesystemTypes()) {
            out.append("nodev\t").append(type).append('\n');
        }
        return out.toString();
    }

    private static String loadAverage(ProcFilesystem proc, Task reader) {
        Tasks tasks = proc.sandbox().tasks();
        double[] load = tasks.loadAverages();
        return String.format(
                Locale.ROOT,
                "%.2f %.2f %.2f %d/%d %d\n",
                load[0],
                load[1],
                load[2],
                running(tasks),
                tasks.taskCount(),
                tasks.lastNumber(reader));
    }

    private static long running(Tasks tasks) {
        return tasks.groups().stream()
                .flatMap(group -> group.tasks().stream())
                .filter(task -> task.state() == Task.TaskState.RUNNING)
                .count();
    }

    private static String statistics(ProcFilesystem proc, Task reader) {
        Tasks tasks = proc.sandbox().tasks();
        Tasks.Totals totals = tasks.totals();
        long user = totals.cpuTime().userNs() / TICK_NS;
        long system = totals.cpuTime().systemNs() / TICK_NS;
        int cpus = proc.facts().cpus();
        long up = proc.sandbox().clock().boottimeNs() / TICK_NS;
        long idle = Math.max(0, up * cpus - user - system);
        StringBuilder out = new StringBuilder();
        out.append("cpu  ").append(cpuLine(user, system, idle));
        // The host places tasks where it likes: the processors share what was used.
        for (int cpu = 0; cpu < cpus; cpu++) {
            out.append("cpu").append(cpu).append(' ');
            out.append(cpuLine(user / cpus, system / cpus, idle / cpus));
        }
        long bootSeconds =
                (proc.sandbox().clock().realtimeNs()
                                - proc.sandbox().clock().boottimeNs()
                                - reader.namespaces().time().boottimeNs())
                        / SECOND_NS;
        out.append("intr 0\nctxt ").append(totals.voluntarySwitches());
        out.append("\nbtime ").append(bootSeconds);
        out.append("\nprocesses ").append(tasks.forks());
        out.append("\nprocs_running ").append(running(tasks));
        out.append("\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n");
        return out.toString();
    }

    private static String cpuLine(long user, long system, long idle) {
        return user + " 0 " + system + " " + idle + " 0 0 0 0 0 0\n";
    }

    private static String uptime(ProcFilesystem proc, Task reader) {
        double up = proc.sandbox().clock().boottimeNs() / (double) SECOND_NS;
        Task.CpuTime used = proc.sandbox().tasks().totals().cpuTime();
        long busyNs = used.userNs() + used.systemNs();
        double idle = Math.max(0, up * proc.facts().cpus() - busyNs / (double) SECOND_NS);
        up += reader.namespaces().time().boottimeNs() / (double) SECOND_NS;
        return String.format(Locale.ROOT, "%.2f %.2f\n", up, idle);
    }

    private static String version(ProcFilesystem proc, Task reader) {
        UtsName uts = proc.sandbox().uts();
        return uts.systemName()
                + " version "
                + uts.release()
                + " (moat@moat) "
                + uts.version()
                + "\n";
    }
}
