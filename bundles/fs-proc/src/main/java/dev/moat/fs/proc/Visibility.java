package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FilesystemComplaint;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What one proc shows, and to whom: its mount options, proc(5). A fresh one replaces it when they
 * change.
 *
 * @param group who is in it sees all, as the kernel knows it
 * @param onlyProcesses {@code subset=pid}
 */
record Visibility(HiddenPids hidden, int group, boolean onlyProcesses) {
    static final Visibility ALL = new Visibility(HiddenPids.OFF, 0, false);

    /** The one subset that there is. */
    private static final String ONLY_PROCESSES = "pid";

    /**
     * With the options that are given; the others stay.
     *
     * @param space how group ids are meant
     * @throws FilesystemComplaint a bad value
     */
    Visibility with(Map<String, String> options, UserView space) {
        String wanted = options.get("hidepid");
        String of = options.get("gid");
        String subset = options.get("subset");
        if (subset != null && !subset.equals(ONLY_PROCESSES)) {
            throw new FilesystemComplaint("unsupported subset option - " + subset);
        }
        return new Visibility(
                wanted == null ? hidden : HiddenPids.parse(wanted),
                of == null ? group : groupOf(of, space),
                onlyProcesses || subset != null);
    }

    private static int groupOf(String value, UserView space) {
        try {
            return space.meantGid(Integer.parseUnsignedInt(value));
        } catch (NumberFormatException e) {
            throw new FilesystemComplaint("Bad value for 'gid'");
        }
    }

    /** As in /proc/mounts. */
    String shown() {
        StringJoiner shown = new StringJoiner(",");
        if (group != 0) {
            shown.add("gid=" + Integer.toUnsignedString(group));
        }
        if (hidden != HiddenPids.OFF) {
            shown.add("hidepid=" + hidden.word());
        }
        if (onlyProcesses) {
            shown.add("subset=" + ONLY_PROCESSES);
        }
        return shown.toString();
    }

    /** Whether a walk finds the process at all: proc_pid_lookup(). */
    boolean finds(Task task) {
        return hidden != HiddenPids.PTRACEABLE || permits(task, HiddenPids.NOACCESS);
    }

    /** Whether the calling thread's task sees the process in lists, and its attributes. */
    boolean shows(Task task) {
        return permits(task, HiddenPids.INVISIBLE);
    }

    /**
     * For whoever wants something of the directory of a process: proc_pid_permission().
     *
     * @throws dev.moat.abi.ErrnoException EPERM; ENOENT: it is to be invisible
     */
    void checkAccess(Task task) {
        if (!permits(task, HiddenPids.NOACCESS)) {
            throw (hidden == HiddenPids.INVISIBLE ? Errno.ENOENT : Errno.EPERM).exception();
        }
    }

    /** has_pid_permissions(), fs/proc/base.c. */
    private boolean permits(Task task, HiddenPids least) {
        Task reader = PayingThread.current();
        if (hidden == HiddenPids.OFF || reader == null) {
            return true;
        }
        if (hidden != HiddenPids.PTRACEABLE
                && (!hidden.reaches(least) || reader.credentials().isInGroup(group))) {
            return true;
        }
        return Inspection.allows(reader, task);
    }
}
