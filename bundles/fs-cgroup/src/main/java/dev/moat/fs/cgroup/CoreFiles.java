package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.CgroupFacts;
import dev.moat.api.cgroup.CgroupHolder;
import dev.moat.api.cgroup.Controller;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code cgroup.*}: what all groups have. */
final class CoreFiles {
    private CoreFiles() {}

    static List<Control> controls() {
        return List.of(
                Control.of(
                        "cgroup.type",
                        (group, task) -> facts(group).type() + "\n",
                        CoreFiles::setType),
                Control.delegatable(Controls.PROCS, CoreFiles::processes, CoreFiles::moveProcess),
                Control.delegatable("cgroup.threads", CoreFiles::threads, CoreFiles::moveThread),
                Control.of("cgroup.controllers", (group, task) -> labels(group.controllers())),
                Control.delegatable(
                        "cgroup.subtree_control",
                        (group, task) -> labels(group.enabledBelow()),
                        CoreFiles::control),
                Control.of("cgroup.events", CoreFiles::events),
                Control.of(
                        "cgroup.max.descendants",
                        (group, task) -> limit(facts(group).maxDescendants()),
                        (group, task, text) ->
                                group.tree().limitTree(group, null, parseLimit(text))),
                Control.of(
                        "cgroup.max.depth",
                        (group, task) -> limit(facts(group).maxDepth()),
                        (group, task, text) ->
                                group.tree().limitTree(group, parseLimit(text), null)),
                Control.of(
                        "cgroup.stat",
                        (group, task) ->
                                "nr_descendants "
                                        + facts(group).descendants()
                                        + "\nnr_dying_descendants 0\n"),
                Control.of(
                        "cgroup.freeze",
                        (group, task) -> facts(group).freezeWanted() ? "1\n" : "0\n",
                        (group, task, text) ->
                                group.tree().freeze(group, Numbers.parseSwitch(text))),
                Control.writeOnly("cgroup.kill", CoreFiles::kill));
    }

    private static String labels(List<Controller> controllers) {
        return controllers.isEmpty() ? "" : Controller.labels(controllers) + "\n";
    }

    private static CgroupFacts facts(Cgroup group) {
        return group.tree().facts(group);
    }

    private static void setType(Cgroup group, Task writer, String text) {
        if (!text.equals("threaded")) {
            throw Errno.EINVAL.exception();
        }
        group.tree().makeThreaded(group);
    }

    private static String events(Cgroup group, Task reader) {
        CgroupFacts facts = facts(group);
        return "populated "
                + (facts.populated() ? 1 : 0)
                + "\nfrozen "
                + (facts.frozen() ? 1 : 0)
                + "\n";
    }

    private static String processes(Cgroup group, Task reader) {
        if (facts(group).threaded()) {
            throw Errno.EOPNOTSUPP.exception();
        }
        Set<Integer> ids = new LinkedHashSet<>();
        collectProcesses(group, ids, true);
        return lines(ids, reader);
    }

    /** Those of threaded groups below belong to the domain. */
    private static void collectProcesses(Cgroup group, Set<Integer> ids, boolean own) {
        if (own || facts(group).threaded()) {
            group.collectTasks().forEach(task -> ids.add(task.tgid()));
            group.collectChildren().forEach(child -> collectProcesses(child, ids, false));
        }
    }

    private static String threads(Cgroup group, Task reader) {
        Set<Integer> ids = new LinkedHashSet<>();
        group.collectTasks().forEach(task -> ids.add(task.tid()));
        return lines(ids, reader);
    }

    private static String lines(Set<Integer> ids, Task reader) {
        StringBuilder out = new StringBuilder();
        ids.forEach(id -> out.append(reader.pids().seen(id)).append('\n'));
        return out.toString();
    }

    private static void moveProcess(Cgroup group, Task writer, String text) {
        int pid = parseId(text);
        ThreadGroup process =
                pid == 0
                        ? writer.group()
                        : writer.sandbox()
                                .tasks()
                                .task(writer.pids().meant(pid))
                                .map(Task::group)
                                .orElseThrow(() -> Errno.ESRCH.exception());
        checkRights(group, writer, process.leader());
        group.tree().migrate(group, process.tasks(), true);
    }

    private static void moveThread(Cgroup group, Task writer, String text) {
        int tid = parseId(text);
        Task task =
                tid == 0
                        ? writer
                        : writer.sandbox()
                                .tasks()
                                .task(writer.pids().meant(tid))
                                .orElseThrow(() -> Errno.ESRCH.exception());
        checkRights(group, writer, task);
        group.tree().migrate(group, List.of(task), false);
    }

    private static int parseId(String text) {
        long id = Numbers.parse(text);
        if (id < 0 || id > Integer.MAX_VALUE) {
            throw Errno.EINVAL.exception();
        }
        return (int) id;
    }

    /** cgroup_attach_permissions; the namespace's border is one (nsdelegate). */
    private static void checkRights(Cgroup group, Task writer, Task moved) {
        Cgroup root = Views.rootOf(group, writer);
        if (!group.isWithin(root) || !moved.cgroup().isWithin(root)) {
            throw Errno.ENOENT.exception();
        }
        if (group.listener() instanceof CgroupHolder holder) {
            holder.checkMigration(writer.credentials(), moved.cgroup());
        }
    }

    private static void control(Cgroup group, Task writer, String text) {
        Set<Controller> enable = EnumSet.noneOf(Controller.class);
        Set<Controller> disable = EnumSet.noneOf(Controller.class);
        for (String word : text.split(" +")) {
            if (word.isEmpty()) {
                continue;
            }
            Controller controller =
                    Controller.ofLabel(word.substring(1))
                            .orElseThrow(() -> Errno.EINVAL.exception());
            switch (word.charAt(0)) {
                case '+' -> {
                    enable.add(controller);
                    disable.remove(controller);
                }
                case '-' -> {
                    disable.add(controller);
                    enable.remove(controller);
                }
                default -> throw Errno.EINVAL.exception();
            }
        }
        group.tree().control(group, enable, disable);
    }

    private static void kill(Cgroup group, Task writer, String text) {
        if (Numbers.parse(text) != 1) {
            throw Errno.ERANGE.exception();
        }
        group.tree().kill(group);
    }

    private static String limit(int value) {
        return Numbers.show(value, Integer.MAX_VALUE);
    }

    private static int parseLimit(String text) {
        if (text.equals(Numbers.MAX)) {
            return Integer.MAX_VALUE;
        }
        long value = Numbers.parse(text);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw Errno.ERANGE.exception();
        }
        return (int) value;
    }
}
