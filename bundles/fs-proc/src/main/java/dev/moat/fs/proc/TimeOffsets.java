package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code timens_offsets}: how far the clocks of a process' children are ahead; time_namespaces(7).
 * Source: fs/proc/base.c, kernel/time/namespace.c.
 */
final class TimeOffsets implements ProcessFiles.Value {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int PAGE_BYTES = 4096;

    /** KTIME_SEC_MAX: what fits in nanoseconds. */
    private static final long MOST_SECONDS = Long.MAX_VALUE / SECOND_NS;

    /** One line sets one clock; what comes behind the numbers is not looked at: sscanf(). */
    private static final Pattern LINE =
            Pattern.compile("\\s*+(\\S{1,9}+)\\s*+([-+]?\\d{1,19}+)\\s*+(\\+?\\d{1,19}+)(?s:.*)");

    private static final int MOST_LINES = 2;

    static String of(ProcFilesystem proc, Task task) {
        TimeSpace space = TimeSpace.of(task.namespaces().timeForChildren());
        return line("monotonic", space.monotonicNs()) + line("boottime", space.boottimeNs());
    }

    private static String line(String clock, long offsetNs) {
        return String.format(
                "%-10s %10d %9d\n",
                clock, Math.floorDiv(offsetNs, SECOND_NS), Math.floorMod(offsetNs, SECOND_NS));
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, Task task, String value) {
        take(proc, new Written(writer, writer.credentials(), value, 0), task);
    }

    /** EINVAL; EPERM: CAP_SYS_TIME; ERANGE; EACCES once a process lives there. */
    @Override
    public long take(ProcFilesystem proc, Written written, Task task) {
        String value = written.value();
        if (written.offset() != 0 || value.length() >= PAGE_BYTES) {
            throw Errno.EINVAL.exception();
        }
        int end = value.indexOf(0);
        String text = end < 0 ? value : value.substring(0, end);
        Namespace namespace = task.namespaces().timeForChildren();
        TimeSpace space = TimeSpace.of(namespace);
        Change change = new Change(space.monotonicNs(), space.boottimeNs());
        int at = 0;
        for (int lines = 0; lines < MOST_LINES && (lines == 0 || at < text.length()); lines++) {
            int next = text.indexOf('\n', at);
            change.parse(text.substring(at, next < 0 ? text.length() : next));
            at = next < 0 ? text.length() : next + 1;
        }
        if (!written.opener().canIn(namespace.owner(), Capabilities.CAP_SYS_TIME)) {
            throw Errno.EPERM.exception();
        }
        change.check(proc.sandbox().clock());
        if (!space.set(change.monotonicNs(), change.boottimeNs())) {
            throw Errno.EACCES.exception();
        }
        return at < text.length() ? at : value.length();
    }

    /** The offsets to be. */
    private static final class Change {
        private long monotonicNs;
        private long boottimeNs;
        private long monotonicSeconds;
        private long boottimeSeconds;

        private Change(long monotonicNs, long boottimeNs) {
            this.monotonicNs = monotonicNs;
            this.boottimeNs = boottimeNs;
        }

        private long monotonicNs() {
            return monotonicNs;
        }

        private long boottimeNs() {
            return boottimeNs;
        }

        private void parse(String line) {
            Matcher words = LINE.matcher(line);
            if (!words.matches()) {
                throw Errno.EINVAL.exception();
            }
            long seconds = number(words.group(2));
            long nanoseconds = number(words.group(3));
            if (nanoseconds >= SECOND_NS) {
                throw Errno.EINVAL.exception();
            }
            // what does not fit is refused by check()
            long ns = seconds * SECOND_NS + nanoseconds;
            switch (words.group(1)) {
                case "monotonic", "1" -> {
                    monotonicNs = ns;
                    monotonicSeconds = seconds;
                }
                case "boottime", "7" -> {
                    boottimeNs = ns;
                    boottimeSeconds = seconds;
                }
                default -> throw Errno.EINVAL.exception();
            }
        }

        private static long number(String digits) {
            try {
                return Long.parseLong(digits);
            } catch (NumberFormatException e) {
                throw Errno.EINVAL.exception();
            }
        }

        /** Clocks must not be before their start, nor near the end of their range. */
        private void check(Clock clock) {
            check(monotonicSeconds, monotonicNs, clock.monotonicNs());
            check(boottimeSeconds, boottimeNs, clock.boottimeNs());
        }

        private static void check(long seconds, long offsetNs, long nowNs) {
            boolean fits = seconds <= MOST_SECONDS && seconds >= -MOST_SECONDS;
            // the last second would not fit in nanoseconds
            if (!fits || seconds == MOST_SECONDS) {
                throw Errno.ERANGE.exception();
            }
            long sum = offsetNs + nowNs;
            boolean overflows = offsetNs > 0 && sum < 0;
            if (overflows || sum < 0 || sum / SECOND_NS > MOST_SECONDS / 2) {
                throw Errno.ERANGE.exception();
            }
        }
    }
}
