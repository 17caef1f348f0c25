package dev.moat.api.task;

import dev.moat.abi.SigInfo;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** A guest process: tasks with one pid, one signal disposition table, one set of limits. */
@ProviderType
public interface ThreadGroup {
    int tgid();

    /** Thread group id of the parent, 0 for the first process. */
    int parentTgid();

    int processGroupId();

    int sessionId();

    /** The first task, even when it is a zombie. */
    Task leader();

    /** Live tasks in order of creation. */
    List<Task> tasks();

    /** Children that nobody has waited for. */
    List<ThreadGroup> children();

    /** The task whose child it is: one of the parent's, by which it was made or inherited. */
    default Optional<Task> parentTask() {
        return Optional.empty();
    }

    /** Timers of timer_create(2), the newest first. */
    default List<TimerFacts> collectTimers() {
        return List.of();
    }

    /**
     * Sends a signal to the process: some task that does not block it takes it. No permission
     * check.
     */
    void signal(SigInfo info);

    Limits limits();

    /** Path of the executable as it was opened, for /proc/pid/exe. */
    Optional<dev.moat.api.vfs.VfsPath> executable();

    boolean isZombie();

    /** Controlling terminal of the session, if any. */
    Optional<ControllingTerminal> terminal();

    /**
     * Makes {@code terminal} the controlling terminal of this process' session (it must be session
     * leader).
     */
    void setTerminal(Optional<ControllingTerminal> terminal);

    /** CPU time of all tasks, ended ones included. */
    Task.CpuTime cpuTime();

    /** CPU time of waited-for children. */
    Task.CpuTime childrenCpuTime();

    /** What all tasks have read and written, ended ones and waited-for children included. */
    IoCounts collectIo();

    /** Dumpable state (PR_SET_DUMPABLE): 0, 1, 2. */
    int dumpable();

    /** Which memory goes to a core file: core(5), coredump_filter. */
    int coreFilter();

    void setCoreFilter(int bits);

    /** How much sooner or later than others it ends for want of memory: -1000 (never) to 1000. */
    int oomScoreAdjustment();

    /** The lowest adjustment that it may give itself without CAP_SYS_RESOURCE. */
    int oomScoreMinimum();

    void setOomScore(int adjustment, int minimum);

    /** Anonymous memory, private huge pages, ELF headers: include/linux/mm_types.h. */
    int DEFAULT_CORE_FILTER = 0x33;

    /** A terminal as sessions see it. */
    interface ControllingTerminal {
        /** Device number for /proc/pid/stat. */
        long device();

        /** Process group in the foreground, 0 for none. */
        int foregroundGroup();

        /** Called when the session leader ends or gives the terminal up: hangs up. */
        void disassociate(int sessionId);

        /** Hangs up, as if the line were lost, if it is this session's still: vhangup(2). */
        void hangUpLine(int sessionId);
    }
}
