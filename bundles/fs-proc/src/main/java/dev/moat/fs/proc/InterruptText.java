package dev.moat.fs.proc;

import dev.moat.api.task.Task;
import java.util.List;

/**
 * {@code /proc/interrupts} and {@code softirqs}: a sandbox has processors, but no devices that
 * interrupt them, and what such interrupts defer never runs.
 */
final class InterruptText {
    /** softirq_to_name, kernel/softirq.c. */
    private static final List<String> DEFERRED =
            List.of(
                    "HI",
                    "TIMER",
                    "NET_TX",
                    "NET_RX",
                    "BLOCK",
                    "IRQ_POLL",
                    "TASKLET",
                    "SCHED",
                    "HRTIMER",
                    "RCU");

    private InterruptText() {}

    /** No line but the first: show_interrupts(), kernel/irq/proc.c. */
    static String interrupts(ProcFilesystem proc, Task reader) {
        return " ".repeat(11) + processors(proc);
    }

    static String deferred(ProcFilesystem proc, Task reader) {
        StringBuilder out = new StringBuilder(" ".repeat(20)).append(processors(proc));
        for (String name : DEFERRED) {
            out.append(String.format("%12s:", name));
            out.repeat("          0", proc.facts().cpus()).append('\n');
        }
        return out.toString();
    }

    private static String processors(ProcFilesystem proc) {
        StringBuilder out = new StringBuilder();
        for (int cpu = 0; cpu < proc.facts().cpus(); cpu++) {
            out.append(String.format("CPU%-8d", cpu));
        }
        return out.append('\n').toString();
    }
}
