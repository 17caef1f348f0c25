package dev.moat.fs.cgroup;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.task.Task;

/** What tasks see of the tree. */
final class Views {
    private Views() {}

    /** The group that is the root for a task. */
    static Cgroup rootOf(Cgroup any, Task task) {
        return any.tree().rootOf(task.namespaces().get(NamespaceKind.CGROUP));
    }

    static boolean isRootOf(Cgroup group, Task task) {
        return rootOf(group, task) == group;
    }
}
