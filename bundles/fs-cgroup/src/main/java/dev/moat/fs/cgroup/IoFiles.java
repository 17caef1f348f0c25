package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.task.Task;
import java.util.List;

/**
 * {@code io.*}: a sandbox has no block devices, so there are no lines to show and no device that
 * could be limited.
 */
final class IoFiles {
    private IoFiles() {}

    static List<Control> controls() {
        return List.of(
                Control.of("io.stat", (group, task) -> ""),
                Control.of("io.max", (group, task) -> "", IoFiles::refuse));
    }

    /** ENODEV for every MAJOR:MINOR, EINVAL for what is none: blkcg_conf_open_bdev. */
    private static void refuse(Cgroup group, Task writer, String text) {
        throw (text.matches("[0-9]+:[0-9]+ .*") ? Errno.ENODEV : Errno.EINVAL).exception();
    }
}
