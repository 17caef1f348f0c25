package dev.moat.api.task;

import dev.moat.abi.SigInfo;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** All tasks of one sandbox. */
@ProviderType
public interface Tasks {
    Optional<Task> task(int tid);

    /** A process, zombies included. */
    Optional<ThreadGroup> group(int tgid);

    List<ThreadGroup> groups();

    int taskCount();

    /**
     * Sends to every process of a process group, without permission check; false if it is empty.
     */
    boolean signalProcessGroup(int processGroupId, SigInfo info);

    /**
     * Whether the process group is orphaned (no member's parent in the same session outside of it).
     */
    boolean isOrphaned(int processGroupId);

    /** Whether {@code processGroupId} exists in session {@code sessionId}. */
    boolean isProcessGroupIn(int processGroupId, int sessionId);

    /**
     * The file of a namespace (nsfs): opening it gives a description that keeps the namespace, by
     * which setns(2) knows it.
     */
    Inode namespaceInode(Namespace namespace);

    /** A process as a file, as pidfd_open(2) gives it; owned by the caller. */
    FileDescription processFile(ThreadGroup process);

    /** Where core files go. */
    CoreSettings coreSettings();

    /** 1, 5 and 15 minute load averages. */
    double[] loadAverages();

    /** Tasks created since start. */
    long forks();

    /** How many tasks there may be at a time. */
    int maxTasks();

    /**
     * Sets {@link #maxTasks} from now on: threads-max of proc_sys_kernel(5).
     *
     * @param count positive
     * @return false: more than the operator lets it have, and nothing was changed
     */
    default boolean trySetMaxTasks(int count) {
        return false;
    }

    /** The number given last in the pid namespace of {@code by}: ns_last_pid, pid_namespaces(7). */
    int lastNumber(Task by);

    /**
     * The next one there is the next free one after {@code number}; permission is the caller's
     * business.
     */
    void setLastNumber(Task by, int number);

    /** What all tasks used since start, ended ones included. */
    Totals totals();

    /** Sums over all tasks. */
    record Totals(
            Task.CpuTime cpuTime, long voluntarySwitches, long minorFaults, long majorFaults) {}
}
