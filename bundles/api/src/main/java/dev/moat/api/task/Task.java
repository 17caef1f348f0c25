package dev.moat.api.task;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.platform.Registers;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A guest thread (Linux {@code task_struct}) by its roles. System call handlers get the calling
 * task; all methods without other word may be called from any thread, but change only through the
 * task's own.
 */
@ProviderType
public interface Task {
    /** Thread id in the sandbox's pid namespace. */
    int tid();

    /** Thread group id: the process id. */
    default int tgid() {
        return group().tgid();
    }

    ThreadGroup group();

    Sandbox sandbox();

    /** The address space; stays until execve or exit. */
    MemoryManager memory();

    /** Guest memory of this task: shorthand of {@code memory().user()}. */
    UserMemory user();

    FdTable files();

    /** Gives the task a copy of its descriptor table if others use it, too. On its own thread. */
    void unshareFiles();

    FsContext fs();

    Credentials credentials();

    /** Replaces the credentials of this task (on its own thread). */
    void setCredentials(Credentials credentials);

    /** The namespaces it is in; those of an ended task are gone. */
    Namespaces namespaces();

    /** How its own pid namespace numbers tasks: what it is told, and means. */
    PidView pids();

    /** Its own pid namespace; {@link #namespaces} has the one of its children. */
    default Namespace pidNamespace() {
        return namespaces().get(NamespaceKind.PID);
    }

    /** The names of its UTS namespace. */
    default UtsName uts() {
        return sandbox().uts();
    }

    /** The control group it is in, or was in when it ended. */
    Cgroup cgroup();

    /** For {@link dev.moat.api.cgroup.Cgroups}, with its lock: the task is in another one. */
    default void enterCgroup(Cgroup group) {}

    /** Its control group says something new: the task looks at it soon. Any thread. */
    default void attendCgroup() {}

    /** Whether it stands still for the freezer, or would if it were woken. */
    default boolean isFrozen() {
        return false;
    }

    Signals signals();

    Blocker blocker();

    /** The registers, on the task's own thread while it is in the kernel. */
    Registers registers();

    /** Command name, at most 15 bytes (PR_SET_NAME). */
    String name();

    void setName(String name);

    TaskState state();

    /** CPU time in guest and kernel mode in nanoseconds. */
    CpuTime cpuTime();

    /**
     * Counts what it reads and writes; on the task's own thread. What an operation of io_uring
     * moves by itself belongs to nobody, as in Linux.
     */
    default IoAccount io() {
        return new IoAccount();
    }

    /** System call under way, or -1: for /proc/pid/syscall and diagnosis. */
    int currentSyscall();

    /** Execution domain and flags: personality(2). */
    default int personality() {
        return 0;
    }

    /** Id of the task that traces it by ptrace(2), or 0. */
    default int tracerTid() {
        return 0;
    }

    /** SECCOMP_MODE_*: seccomp(2). */
    default int seccompMode() {
        return 0;
    }

    /** How many filters judge its calls. */
    default int seccompFilters() {
        return 0;
    }

    /** Start time on the boottime clock. */
    long startTimeNs();

    /** Nice value -20..19. */
    int nice();

    /** How it asked to be scheduled: sched(7). */
    default SchedulingFacts schedulingFacts() {
        return SchedulingFacts.NORMAL;
    }

    /** How much later than asked its timers may expire: PR_SET_TIMERSLACK; unsigned. */
    long timerSlackNs();

    /** Sets it; 0 for what it began with. Those with real-time policies have none. */
    void setTimerSlackNs(long slackNs);

    /** How often it gave the CPU up to wait. */
    default long voluntarySwitches() {
        return 0;
    }

    /**
     * The call in which it waits, asked of the task itself: empty while it runs, or if it does not
     * answer within a moment. A task that asks for itself gets the call under way.
     */
    default Optional<BlockedCall> collectBlockedCall() {
        return Optional.empty();
    }

    /**
     * Remembers how to restart the call under way after a signal was handled without SA_RESTART:
     * the handler returns -ERESTART_RESTARTBLOCK and restart_syscall(2) runs {@code block}.
     */
    void setRestart(RestartBlock block);

    /**
     * What the call under way needs if the safe point interrupts it, or has interrupted it before.
     * On the task's own thread.
     */
    Resumption resumption();

    /**
     * Those with whom it shares the adjustments of SEM_UNDO: semop(2), CLONE_SYSVSEM. On the task's
     * own thread.
     */
    UndoGroup undoGroup();

    /** Where its pages come from: set_mempolicy(2). */
    PagePlacement placement();

    /** Its keyrings: keyrings(7). */
    Keyrings keyrings();

    /** The rings that it has numbers of its own for. */
    RegisteredRings registeredRings();

    /** State letter of /proc/pid/stat. */
    enum TaskState {
        RUNNING('R'),
        SLEEPING('S'),
        DISK_SLEEP('D'),
        STOPPED('T'),
        TRACED('t'),
        ZOMBIE('Z'),
        DEAD('X');

        private final char letter;

        TaskState(char letter) {
            this.letter = letter;
        }

        public char letter() {
            return letter;
        }
    }

    /**
     * Where a waiting task is.
     *
     * @param number the system call, -1 outside of one
     * @param arguments six of them
     */
    record BlockedCall(int number, List<Long> arguments, long stackPointer, long pc) {}

    /**
     * Attributes of sched(7).
     *
     * @param affinity bit n: may run on CPU n
     */
    record SchedulingFacts(int policy, int priority, long affinity) {
        public static final SchedulingFacts NORMAL = new SchedulingFacts(0, 0, -1L);
    }

    /** CPU times in nanoseconds. */
    record CpuTime(long userNs, long systemNs) {}

    /**
     * Continues an interrupted call with what was left; a plain value, no captured kernel objects.
     */
    interface RestartBlock {
        /** Runs the rest of the call on the task's thread and gives its result. */
        long restart(Task task);
    }
}
