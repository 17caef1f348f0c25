package dev.moat.fs.proc;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /proc/pid/task}. */
@Stateful
final class ThreadsDirectory extends ProcDirectory {
    private final int tgid;
    private final long parentNumber;

    ThreadsDirectory(ProcFilesystem proc, int tgid, long parentNumber, Owner owner) {
        super(proc, Numbers.ofTask(tgid, "task"), 0555, owner);
        this.tgid = tgid;
        this.parentNumber = parentNumber;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        int number = Pids.parse(name);
        Optional<ThreadGroup> group = group();
        if (number < 0 || group.isEmpty()) {
            return null;
        }
        for (Task task : group.get().tasks()) {
            if (proc().pids().seen(task.tid()) == number) {
                return ProcessDirectory.ofThread(proc(), task, number());
            }
        }
        return null;
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        return group().map(ThreadGroup::tasks).orElse(List.of()).stream()
                .map(Task::tid)
                .sorted()
                .map(tid ->
                        new Entry(
                                Integer.toString(proc().pids().seen(tid)),
                                Numbers.ofTask(tid, "task."),
                                Entry.DIRECTORY))
                .toList();
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }

    @Override
    long links() {
        return 2L + group().map(group -> group.tasks().size()).orElse(0);
    }

    private Optional<ThreadGroup> group() {
        return proc().sandbox()
                .tasks()
                .group(tgid)
                .or(() -> proc().sandbox().tasks().task(tgid).map(Task::group));
    }
}
