package dev.moat.fs.proc;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Controller;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.task.Task;

/** {@code /proc/pid/cgroup} and {@code /proc/cgroups}: cgroups(7). */
final class CgroupText {
    private CgroupText() {}

    /** One line, for the one hierarchy of version 2; paths begin where the reader's do. */
    static String of(ProcFilesystem proc, Task reader, Task task) {
        Cgroup group = task.cgroup();
        Cgroup root = group.tree().rootOf(reader.namespaces().get(NamespaceKind.CGROUP));
        String gone = group.isRemoved() ? " (deleted)" : "";
        return "0::" + group.pathFrom(root) + gone + "\n";
    }

    /** All controllers belong to hierarchy 0, as where version 1 is not used. */
    static String controllers(ProcFilesystem proc, Task reader) {
        Cgroup root = reader.cgroup().tree().root();
        int groups = root.tree().facts(root).descendants() + 1;
        StringBuilder out = new StringBuilder("#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
        for (Controller controller : Controller.values()) {
            String name = controller == Controller.IO ? "blkio" : controller.label();
            out.append(name).append("\t0\t").append(groups).append("\t1\n");
        }
        return out.toString();
    }
}
