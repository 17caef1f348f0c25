package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.PidView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /proc/pid/ns}: the namespaces of a task, each a link to its file. */
@Stateful
final class NamespacesDirectory extends ProcDirectory {
    private static final String FOR_CHILDREN = "_for_children";

    /** Children can be in others than their parent only. */
    private static final List<NamespaceKind> NESTED =
            List.of(NamespaceKind.PID, NamespaceKind.TIME);

    private final int tid;
    private final long parentNumber;

    NamespacesDirectory(ProcFilesystem proc, int tid, long parentNumber, Owner owner) {
        super(proc, Numbers.ofTask(tid, "ns"), 0511, owner);
        this.tid = tid;
        this.parentNumber = parentNumber;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        Optional<NamespaceKind> kind = NamespaceKind.ofLabel(name);
        if (name.endsWith(FOR_CHILDREN)) {
            String label = name.substring(0, name.length() - FOR_CHILDREN.length());
            kind = NamespaceKind.ofLabel(label).filter(NESTED::contains);
        }
        return kind.map(found ->
                        new ProcLink(
                                proc(),
                                Numbers.ofTask(tid, "ns/" + name),
                                owner(),
                                new NamespaceOf(tid, found, name.endsWith(FOR_CHILDREN))))
                .orElse(null);
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        List<Entry> entries = new ArrayList<>();
        for (NamespaceKind kind : NamespaceKind.values()) {
            add(entries, kind.label());
            if (NESTED.contains(kind)) {
                add(entries, kind.label() + FOR_CHILDREN);
            }
        }
        return entries;
    }

    private void add(List<Entry> entries, String name) {
        entries.add(new Entry(name, Numbers.ofTask(tid, "ns/" + name), Entry.LINK));
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }

    private record NamespaceOf(int tid, NamespaceKind kind, boolean ofChildren)
            implements ProcLink.Target {
        @Override
        public String text(ProcFilesystem proc, Task reader) {
            return namespace(proc, reader).toString();
        }

        @Override
        public VfsPath place(ProcFilesystem proc, Task reader) {
            Namespace namespace = namespace(proc, reader);
            return proc.sandbox()
                    .vfs()
                    .anonymousPath(
                            namespace.toString(), proc.sandbox().tasks().namespaceInode(namespace));
        }

        private Namespace namespace(ProcFilesystem proc, Task reader) {
            Task task = Pids.task(proc, tid);
            Inspection.check(reader, task);
            boolean gone =
                    switch (task.state()) {
                        case ZOMBIE, DEAD -> true;
                        default -> false;
                    };
            if (gone) {
                throw Errno.ENOENT.exception();
            }
            if (kind == NamespaceKind.PID && !ofChildren) {
                return task.pidNamespace();
            }
            if (kind == NamespaceKind.TIME && ofChildren) {
                return task.namespaces().timeForChildren();
            }
            Namespace namespace = task.namespaces().get(kind);
            if (kind == NamespaceKind.PID && !PidView.of(namespace).isStarted()) {
                throw Errno.ENOENT.exception();
            }
            return namespace;
        }
    }
}
