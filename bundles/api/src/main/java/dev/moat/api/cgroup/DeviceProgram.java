package dev.moat.api.cgroup;

import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/** Decides which devices the tasks of a group may use: BPF_PROG_TYPE_CGROUP_DEVICE. Thread safe. */
@ConsumerType
public interface DeviceProgram {
    /** Number of the program in the sandbox, above 0. */
    int id();

    /**
     * Whether {@code task}, the calling one, may use a device. No locks are held.
     *
     * @param budget of which it takes a step for each instruction; without any it forbids
     */
    boolean permits(Task task, DeviceUse use, StepBudget budget);

    /** Counts one more that has it. */
    void retain();

    /** Drops a use; the last one frees the program. Takes leaf locks only. */
    void release();
}
