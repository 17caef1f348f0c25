package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Controller;
import dev.moat.api.cgroup.CpuAccount;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.CpuTime;
import java.util.List;

/** {@code cpu.*}: kernel/sched/core.c. */
final class CpuFiles {
    private static final long NS_PER_US = 1000;
    private static final long MIN_NS = 1_000_000;
    private static final long MAX_PERIOD_NS = 1_000_000_000;

    /** Largest quota: max_cfs_runtime, about 203 days. */
    private static final long MAX_QUOTA_US = 17_592_186_044_415L;

    private static final int MAX_WEIGHT = 10_000;

    /** sched_prio_to_weight, by nice + 20. */
    private static final int[] WEIGHTS = {
        88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100,
        4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137,
        110, 87, 70, 56, 45, 36, 29, 23, 18, 15
    };

    private CpuFiles() {}

    static List<Control> controls() {
        return List.of(
                Control.of("cpu.stat", CpuFiles::stat),
                Control.of(
                        "cpu.weight",
                        (group, task) -> (group.cpu().isIdle() ? 0 : group.cpu().weight()) + "\n",
                        CpuFiles::setWeight),
                Control.of("cpu.weight.nice", CpuFiles::nice, CpuFiles::setNice),
                Control.of("cpu.max", CpuFiles::max, CpuFiles::setMax),
                Control.of(
                        "cpu.max.burst",
                        (group, task) -> group.cpu().burstNs() / NS_PER_US + "\n",
                        CpuFiles::setBurst),
                Control.of(
                        "cpu.idle",
                        (group, task) -> group.cpu().isIdle() ? "1\n" : "0\n",
                        (group, task, text) -> group.cpu().setIdle(Numbers.parseSwitch(text))));
    }

    private static String stat(Cgroup group, Task reader) {
        CpuTime used = group.tree().facts(group).used();
        StringBuilder out = new StringBuilder();
        line(out, "usage_usec", (used.userNs() + used.systemNs()) / NS_PER_US);
        line(out, "user_usec", used.userNs() / NS_PER_US);
        line(out, "system_usec", used.systemNs() / NS_PER_US);
        line(out, "nice_usec", 0);
        if (group.controllers().contains(Controller.CPU)) {
            CpuAccount cpu = group.cpu();
            line(out, "nr_periods", cpu.periods());
            line(out, "nr_throttled", cpu.throttledPeriods());
            line(out, "throttled_usec", cpu.throttledNs() / NS_PER_US);
            line(out, "nr_bursts", 0);
            line(out, "burst_usec", 0);
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String name, long value) {
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void setWeight(Cgroup group, Task writer, String text) {
        long weight = Numbers.parse(text);
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw Errno.ERANGE.exception();
        }
        group.cpu().setWeight((int) weight);
    }

    /** The nice value whose weight is nearest: cpu_weight_nice_read_s64. */
    private static String nice(Cgroup group, Task reader) {
        long weight = Math.round(group.cpu().weight() * 1024 / 100.0);
        int best = 0;
        for (int i = 1; i < WEIGHTS.length; i++) {
            if (Math.abs(WEIGHTS[i] - weight) < Math.abs(WEIGHTS[best] - weight)) {
                best = i;
            }
        }
        return best - 20 + "\n";
    }

    private static void setNice(Cgroup group, Task writer, String text) {
        long nice = Numbers.parse(text);
        if (nice < -20 || nice > 19) {
            throw Errno.ERANGE.exception();
        }
        long weight = Math.round(WEIGHTS[(int) nice + 20] * 100 / 1024.0);
        group.cpu().setWeight((int) Math.clamp(weight, 1, MAX_WEIGHT));
    }

    private static String max(Cgroup group, Task reader) {
        CpuAccount cpu = group.cpu();
        String quota =
                cpu.quotaNs() == CpuAccount.MAX
                        ? Numbers.MAX
                        : Long.toString(cpu.quotaNs() / NS_PER_US);
        return quota + " " + cpu.periodNs() / NS_PER_US + "\n";
    }

    private static void setMax(Cgroup group, Task writer, String text) {
        String[] words = text.split(" +");
        if (words.length > 2) {
            throw Errno.EINVAL.exception();
        }
        long periodNs = group.cpu().periodNs();
        if (words.length == 2) {
            long period = Numbers.parse(words[1]);
            if (period < MIN_NS / NS_PER_US || period > MAX_PERIOD_NS / NS_PER_US) {
                throw Errno.EINVAL.exception();
            }
            periodNs = period * NS_PER_US;
        }
        long quotaNs = CpuAccount.MAX;
        if (!words[0].equals(Numbers.MAX)) {
            long quota = Numbers.parse(words[0]);
            if (quota < MIN_NS / NS_PER_US || quota > MAX_QUOTA_US) {
                throw Errno.EINVAL.exception();
            }
            quotaNs = quota * NS_PER_US;
        }
        group.tree().limitCpu(group, quotaNs, periodNs);
    }

    private static void setBurst(Cgroup group, Task writer, String text) {
        long burst = Numbers.parse(text);
        long quotaNs = group.cpu().quotaNs();
        boolean beyond = burst < 0 || burst > MAX_QUOTA_US || burst * NS_PER_US > quotaNs;
        if (beyond || quotaNs == CpuAccount.MAX && burst != 0) {
            throw Errno.EINVAL.exception();
        }
        group.cpu().setBurstNs(burst * NS_PER_US);
    }
}
