package dev.moat.fs.proc;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /proc/pid/ns}: a sandbox has one namespace of each kind, named as the initial ones of
 * Linux.
 */
@Stateful
final class NamespacesDirectory extends ProcDirectory {
    /** Inode numbers of include/linux/proc_ns.h; those of mnt and net follow the last fixed one. */
    private enum Kind {
        CGROUP("cgroup", 0xEFFFFFFBL),
        IPC("ipc", 0xEFFFFFFFL),
        MNT("mnt", 0xF0000000L),
        NET("net", 0xF0000001L),
        PID("pid", 0xEFFFFFFCL),
        TIME("time", 0xEFFFFFFAL),
        USER("user", 0xEFFFFFFDL),
        UTS("uts", 0xEFFFFFFEL);

        private final String label;
        private final long number;

        Kind(String label, long number) {
            this.label = label;
            this.number = number;
        }
    }

    private final int tid;
    private final long parentNumber;

    NamespacesDirectory(ProcFilesystem proc, int tid, long parentNumber, Owner owner) {
        super(proc, Numbers.ofTask(tid, "ns"), 0511, owner);
        this.tid = tid;
        this.parentNumber = parentNumber;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.label.equals(name)) {
                return new ProcLink(
                        proc(),
                        Numbers.ofTask(tid, "ns/" + name),
                        owner(),
                        new NamespaceOf(kind.label, kind.number));
            }
        }
        return null;
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        return List.of(Kind.values()).stream()
                .map(kind ->
                        new Entry(kind.label, Numbers.ofTask(tid, "ns/" + kind.label), Entry.LINK))
                .toList();
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }

    private record NamespaceOf(String label, long number) implements ProcLink.Target {
        @Override
        public String text(ProcFilesystem proc, Task reader) {
            return label + ":[" + number + "]";
        }
    }
}
