package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;

/**
 * How likely a process is to end when memory is exhausted: proc_pid_oom_score(5),
 * proc_pid_oom_score_adj(5), fs/proc/base.c.
 */
final class OomScore {
    private static final int LARGEST = 1000;

    // The scale of before Linux 2.6.36, which oom_adj still has.
    private static final int OLD_NEVER = -17;
    private static final int OLD_LARGEST = 15;

    private OomScore() {}

    /** {@code oom_score}: share of the sandbox' memory in thousandths, adjusted, by two thirds. */
    static String score(ProcFilesystem proc, Task task) {
        ThreadGroup group = task.group();
        int adjustment = group.oomScoreAdjustment();
        if (group.isZombie() || adjustment == -LARGEST) {
            return "0\n";
        }
        long limit =
                Math.min(proc.sandbox().memory().limitBytes(), proc.facts().totalMemoryBytes());
        long share = task.memory().stats().residentBytes() / Math.max(1, limit / LARGEST);
        return Math.max(0, (LARGEST + share + adjustment) * 2 / 3) + "\n";
    }

    static String adjustment(ProcFilesystem proc, Task task) {
        return task.group().oomScoreAdjustment() + "\n";
    }

    /** Below the lowest that a privileged process has set only with CAP_SYS_RESOURCE. */
    static void setAdjustment(ProcFilesystem proc, Task writer, Task task, String value) {
        int adjustment = number(value);
        if (adjustment < -LARGEST || adjustment > LARGEST) {
            throw Errno.EINVAL.exception();
        }
        ThreadGroup group = task.group();
        boolean privileged = writer.credentials().can(Capabilities.CAP_SYS_RESOURCE);
        if (adjustment < group.oomScoreMinimum() && !privileged) {
            throw Errno.EACCES.exception();
        }
        group.setOomScore(adjustment, privileged ? adjustment : group.oomScoreMinimum());
    }

    /** {@code oom_adj}. */
    static String oldAdjustment(ProcFilesystem proc, Task task) {
        int adjustment = task.group().oomScoreAdjustment();
        int old = adjustment == LARGEST ? OLD_LARGEST : adjustment * -OLD_NEVER / LARGEST;
        return Math.min(old, OLD_LARGEST) + "\n";
    }

    static void setOldAdjustment(ProcFilesystem proc, Task writer, Task task, String value) {
        int old = number(value);
        if (old < OLD_NEVER || old > OLD_LARGEST) {
            throw Errno.EINVAL.exception();
        }
        int adjustment = old == OLD_LARGEST ? LARGEST : old * LARGEST / -OLD_NEVER;
        ThreadGroup group = task.group();
        if (adjustment < group.oomScoreAdjustment()
                && !writer.credentials().can(Capabilities.CAP_SYS_RESOURCE)) {
            throw Errno.EACCES.exception();
        }
        group.setOomScore(adjustment, group.oomScoreMinimum());
    }

    /** A number as kstrtoint() reads it, in any of C's notations. */
    private static int number(String value) {
        try {
            return Integer.decode(value.strip());
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}
