package dev.moat.fs.proc;

import dev.moat.abi.Rlimit;
import dev.moat.abi.Rlimits;
import dev.moat.api.task.Task;

/** {@code /proc/pid/limits}. */
final class LimitsText {
    /** Names and units in the order of fs/proc/base.c. */
    private enum Row {
        CPU("Max cpu time", "seconds", Rlimits.RLIMIT_CPU),
        FSIZE("Max file size", "bytes", Rlimits.RLIMIT_FSIZE),
        DATA("Max data size", "bytes", Rlimits.RLIMIT_DATA),
        STACK("Max stack size", "bytes", Rlimits.RLIMIT_STACK),
        CORE("Max core file size", "bytes", Rlimits.RLIMIT_CORE),
        RSS("Max resident set", "bytes", Rlimits.RLIMIT_RSS),
        NPROC("Max processes", "processes", Rlimits.RLIMIT_NPROC),
        NOFILE("Max open files", "files", Rlimits.RLIMIT_NOFILE),
        MEMLOCK("Max locked memory", "bytes", Rlimits.RLIMIT_MEMLOCK),
        AS("Max address space", "bytes", Rlimits.RLIMIT_AS),
        LOCKS("Max file locks", "locks", Rlimits.RLIMIT_LOCKS),
        SIGPENDING("Max pending signals", "signals", Rlimits.RLIMIT_SIGPENDING),
        MSGQUEUE("Max msgqueue size", "bytes", Rlimits.RLIMIT_MSGQUEUE),
        NICE("Max nice priority", "", Rlimits.RLIMIT_NICE),
        RTPRIO("Max realtime priority", "", Rlimits.RLIMIT_RTPRIO),
        RTTIME("Max realtime timeout", "us", Rlimits.RLIMIT_RTTIME);

        private final String label;
        private final String unit;
        private final int resource;

        Row(String label, String unit, int resource) {
            this.label = label;
            this.unit = unit;
            this.resource = resource;
        }
    }

    private LimitsText() {}

    static String of(ProcFilesystem proc, Task task) {
        StringBuilder out = new StringBuilder();
        out.append(row("Limit", "Soft Limit", "Hard Limit", "Units"));
        for (Row row : Row.values()) {
            Rlimit limit = task.group().limits().get(row.resource);
            out.append(row(row.label, value(limit.soft()), value(limit.hard()), row.unit));
        }
        return out.toString();
    }

    private static String row(String label, String soft, String hard, String unit) {
        return String.format("%-25s %-20s %-20s %-10s\n", label, soft, hard, unit);
    }

    private static String value(long limit) {
        return limit == Rlimits.RLIM_INFINITY ? "unlimited" : Long.toUnsignedString(limit);
    }
}
