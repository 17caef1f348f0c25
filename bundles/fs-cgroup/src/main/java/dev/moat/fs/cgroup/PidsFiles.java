package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.PidAccount;
import dev.moat.api.task.Task;
import java.util.List;

/** {@code pids.*}: kernel/cgroup/pids.c. */
final class PidsFiles {
    /** PID_MAX_LIMIT: more tasks than this there cannot be. */
    private static final long LIMIT = 4L << 20;

    private PidsFiles() {}

    static List<Control> controls() {
        return List.of(
                Control.of(
                        "pids.max",
                        (group, task) -> Numbers.show(group.pids().max(), PidAccount.MAX),
                        PidsFiles::setMax),
                Control.of("pids.current", (group, task) -> group.pids().current() + "\n"),
                Control.of("pids.peak", (group, task) -> group.pids().peak() + "\n"),
                Control.of("pids.events", (group, task) -> "max " + group.pids().refusals() + "\n"),
                Control.of(
                        "pids.events.local",
                        (group, task) -> "max " + group.pids().ownRefusals() + "\n"));
    }

    private static void setMax(Cgroup group, Task writer, String text) {
        if (text.equals(Numbers.MAX)) {
            group.pids().setMax(PidAccount.MAX);
            return;
        }
        long limit = Numbers.parse(text);
        if (limit < 0 || limit >= LIMIT) {
            throw Errno.EINVAL.exception();
        }
        group.pids().setMax(limit);
    }
}
