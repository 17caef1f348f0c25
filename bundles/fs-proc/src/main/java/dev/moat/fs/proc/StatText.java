package dev.moat.fs.proc;

import dev.moat.abi.Rlimits;
import dev.moat.api.mm.MemoryManager.Layout;
import dev.moat.api.mm.MemoryManager.MemoryStats;
import dev.moat.api.namespace.PidView;
import dev.moat.api.task.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.Optional;
import java.util.StringJoiner;

/** {@code stat}, {@code statm} and other one-line files of a process. */
final class StatText {
    /** USER_HZ: 100 ticks a second. */
    private static final long TICK_NS = 10_000_000L;

    private static final int PAGE_BYTES = 4096;
    private static final int SIGCHLD = 17;

    private static final Layout NO_LAYOUT = new Layout(0, 0, 0, 0, 0, 0, 0, 0, 0, new byte[0]);

    private StatText() {}

    /** 52 fields, proc_pid_stat(5). */
    static String stat(ProcFilesystem proc, Task reader, Task task) {
        ThreadGroup group = task.group();
        MemoryStats memory = group.isZombie() ? MemoryStats.NONE : task.memory().stats();
        Layout layout = group.isZombie() ? NO_LAYOUT : task.memory().layout();
        Task.CpuTime own = group.cpuTime();
        Task.CpuTime children = group.childrenCpuTime();
        Signals signals = task.signals();
        Task.SchedulingFacts scheduling = task.schedulingFacts();
        StringJoiner out = new StringJoiner(" ");
        out.add(Integer.toString(proc.pids().seen(task.tid())));
        out.add("(" + task.name() + ")");
        out.add(Character.toString(task.state().letter()));
        PidView pids = proc.pids();
        add(
                out,
                pids.seen(group.parentTgid()),
                pids.seen(group.processGroupId()),
                pids.seen(group.sessionId()));
        add(out, group.terminal().map(ThreadGroup.ControllingTerminal::device).orElse(0L));
        add(out, group.terminal().map(terminal -> (long) terminal.foregroundGroup()).orElse(-1L));
        add(out, 0, memory.minorFaults(), 0, memory.majorFaults(), 0);
        add(out, own.userNs() / TICK_NS, own.systemNs() / TICK_NS);
        add(out, children.userNs() / TICK_NS, children.systemNs() / TICK_NS);
        add(out, 20 + task.nice(), task.nice(), group.tasks().size(), 0);
        long startNs = task.startTimeNs() + reader.namespaces().time().boottimeNs();
        out.add(Long.toUnsignedString(startNs / TICK_NS));
        add(out, memory.virtualBytes(), memory.residentBytes() / PAGE_BYTES);
        long resident = group.limits().soft(Rlimits.RLIMIT_RSS);
        out.add(Long.toUnsignedString(resident == Long.MAX_VALUE ? -1L : resident));
        add(out, layout.codeStart(), layout.codeEnd(), layout.stackStart(), 0, 0);
        long low = 0x7fff_ffffL;
        add(out, signals.pending() & low, signals.blocked() & low);
        add(out, signals.ignored() & low, signals.caught() & low);
        add(out, task.state() == Task.TaskState.RUNNING ? 0 : 1, 0, 0, SIGCHLD, 0);
        add(out, scheduling.priority(), scheduling.policy(), 0, 0, 0);
        add(
                out,
                layout.dataStart(),
                layout.dataEnd(),
                group.isZombie() ? 0 : task.memory().heapBounds().start());
        add(out, layout.argumentsStart(), layout.argumentsEnd());
        add(out, layout.environmentStart(), layout.environmentEnd(), 0);
        return out + "\n";
    }

    /** Sizes in pages. */
    static String statm(ProcFilesystem proc, Task task) {
        boolean zombie = task.group().isZombie();
        MemoryStats memory = zombie ? MemoryStats.NONE : task.memory().stats();
        StringJoiner out = new StringJoiner(" ");
        add(out, memory.virtualBytes() / PAGE_BYTES, memory.residentBytes() / PAGE_BYTES);
        add(
                out,
                (memory.residentBytes() - memory.residentAnonymousBytes()) / PAGE_BYTES,
                (zombie ? 0 : textBytes(task.memory().layout())) / PAGE_BYTES,
                0,
                (memory.dataBytes() + memory.stackBytes()) / PAGE_BYTES,
                0);
        return out + "\n";
    }

    /** Size of the program's code in whole pages: task_mem() in fs/proc/task_mmu.c. */
    static long textBytes(Layout layout) {
        long end = (layout.codeEnd() + PAGE_BYTES - 1) & -PAGE_BYTES;
        return end - (layout.codeStart() & -PAGE_BYTES);
    }

    /** proc_pid_syscall(5): number, arguments, stack pointer, program counter. */
    static String syscall(ProcFilesystem proc, Task task) {
        Optional<Task.BlockedCall> blocked = task.collectBlockedCall();
        if (blocked.isEmpty()) {
            return "running\n";
        }
        Task.BlockedCall call = blocked.get();
        StringBuilder out = new StringBuilder().append(call.number());
        if (call.number() >= 0) {
            call.arguments().forEach(argument -> hex(out, argument));
        }
        hex(out, call.stackPointer());
        hex(out, call.pc());
        return out.append('\n').toString();
    }

    private static void hex(StringBuilder out, long value) {
        out.append(" 0x").append(Long.toHexString(value));
    }

    private static void add(StringJoiner out, long... values) {
        for (long value : values) {
            out.add(Long.toString(value));
        }
    }
}
