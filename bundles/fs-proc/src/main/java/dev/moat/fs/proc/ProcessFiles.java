package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text files of a process by name. */
final class ProcessFiles {
    private static final Map<String, Kind> KINDS = kinds();

    private static final Kind THREAD_IO = guarded(IoText::ofThread);

    /** Of processes, and of no threads: tgid_base_stuff and tid_base_stuff, fs/proc/base.c. */
    private static final Set<String> OF_PROCESSES = Set.of("timerslack_ns", "timers");

    /** Of threads, and of no processes. */
    private static final Set<String> OF_THREADS = Set.of("children");

    private ProcessFiles() {}

    static @Nullable Kind kind(String name) {
        return name.equals(IoText.OF_THREAD) ? THREAD_IO : KINDS.get(name);
    }

    /** Whether the file opens the memory of the process: fs/proc/base.c, task_mmu.c. */
    static boolean showsMemory(String name) {
        return switch (name) {
            case "environ", "auxv", "maps", "smaps", "smaps_rollup", "numa_maps" -> true;
            default -> false;
        };
    }

    /** Whether processes have it, or threads. */
    static boolean isOf(String name, boolean process) {
        return !(process ? OF_THREADS : OF_PROCESSES).contains(name);
    }

    static Collection<String> names() {
        return KINDS.keySet();
    }

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("status", open(StatusText::of));
        kinds.put("stat", seen(StatText::stat));
        kinds.put("statm", open(StatText::statm));
        kinds.put("cmdline", open(MemoryText::commandLine));
        kinds.put("comm", new Kind(0644, false, MemoryText::name, ProcessValues::name));
        kinds.put("environ", guarded(MemoryText::environment));
        kinds.put("auxv", guarded(MemoryText::auxiliaryVector));
        kinds.put("maps", new Kind(0444, true, MapsText::maps, ProcessFiles::refuse));
        kinds.put("smaps", new Kind(0444, true, MapsText::smaps, ProcessFiles::refuse));
        kinds.put("smaps_rollup", new Kind(0444, true, MapsText::rollup, ProcessFiles::refuse));
        kinds.put(
                "clear_refs",
                new Kind(
                        0200,
                        false,
                        (proc, task) -> {
                            throw Errno.EINVAL.exception();
                        },
                        ProcessValues::clearReferences));
        kinds.put("numa_maps", new Kind(0444, true, NumaMapsText::of, ProcessFiles::refuse));
        kinds.put("io", guarded(IoText::ofProcess));
        kinds.put("limits", open(LimitsText::of));
        kinds.put("cgroup", seen(CgroupText::of));
        kinds.put("loginuid", open((proc, task) -> "4294967295"));
        kinds.put("sessionid", open((proc, task) -> "4294967295"));
        kinds.put("setgroups", new Kind(0644, false, UserMaps::setgroups, UserMaps::setSetgroups));
        kinds.put("timens_offsets", new Kind(0644, false, TimeOffsets::of, new TimeOffsets()));
        kinds.put("uid_map", new Kind(0644, false, UserMaps::users, UserMaps::setUsers));
        kinds.put("gid_map", new Kind(0644, false, UserMaps::groups, UserMaps::setGroups));
        kinds.put(
                "personality",
                guarded((proc, task) -> String.format("%08x\n", task.personality())));
        kinds.put("syscall", guarded(StatText::syscall));
        kinds.put(
                "coredump_filter",
                new Kind(
                        0644,
                        false,
                        (proc, task) -> String.format("%08x\n", task.group().coreFilter()),
                        ProcessValues::coreFilter));
        kinds.put("wchan", open((proc, task) -> "0"));
        kinds.put(
                "timerslack_ns",
                new Kind(0666, false, ProcessValues::timerSlack, ProcessValues::setTimerSlack));
        kinds.put("timers", open(TimersText::of));
        kinds.put("children", open(ProcessFiles::children));
        kinds.put("oom_score", open(OomScore::score));
        kinds.put(
                "oom_score_adj",
                new Kind(0644, false, OomScore::adjustment, OomScore::setAdjustment));
        kinds.put(
                "oom_adj",
                new Kind(0644, false, OomScore::oldAdjustment, OomScore::setOldAdjustment));
        return kinds;
    }

    private static String children(ProcFilesystem proc, Task task) {
        return task.group().children().stream()
                .filter(child -> child.parentTask().filter(made -> made == task).isPresent())
                .mapToInt(child -> proc.pids().seen(child.tgid()))
                .filter(pid -> pid != 0)
                .mapToObj(pid -> pid + " ")
                .collect(Collectors.joining());
    }

    private static Kind open(Text text) {
        return new Kind(0444, false, text, ProcessFiles::refuse);
    }

    private static Kind seen(SeenText text) {
        return new Kind(0444, false, text, ProcessFiles::refuse);
    }

    private static Kind guarded(Text text) {
        return new Kind(0400, true, text, ProcessFiles::refuse);
    }

    private static void refuse(ProcFilesystem proc, Task writer, Task task, String value) {
        throw Errno.EACCES.exception();
    }

    /** Renders the file of one task. */
    @FunctionalInterface
    interface Text {
        String of(ProcFilesystem proc, Task task);
    }

    /** As {@link Text}, where it matters who reads. */
    @FunctionalInterface
    interface SeenText {
        String of(ProcFilesystem proc, Task reader, Task task);
    }

    /** Takes what was written to the file of one task. */
    @FunctionalInterface
    interface Value {
        void accept(ProcFilesystem proc, Task writer, Task task, String value);

        /** As {@link Content#take}. */
        default long take(ProcFilesystem proc, Written written, Task task) {
            accept(proc, written.writer(), task, written.value());
            return written.value().length();
        }
    }

    /**
     * A kind of file.
     *
     * @param permissions mode bits
     * @param guarded whether only those may read who may trace the process
     */
    record Kind(int permissions, boolean guarded, SeenText text, Value value) {
        Kind(int permissions, boolean guarded, Text text, Value value) {
            this(permissions, guarded, (proc, reader, task) -> text.of(proc, task), value);
        }
    }
}
