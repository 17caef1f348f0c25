package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.NamespaceFile;
import dev.moat.task.process.PidDescription;
import java.util.EnumMap;
import java.util.Map;

/** {@code setns(2)}: kernel/nsproxy.c. */
final class SetnsCalls {
    private static final long KINDS = kinds();

    private static long kinds() {
        long bits = 0;
        for (NamespaceKind kind : NamespaceKind.values()) {
            bits |= kind.cloneFlag();
        }
        return bits;
    }

    @Syscall(
            nr = 308,
            name = "setns",
            support = Support.PARTIAL,
            note =
                    "UTS, IPC, mount and cgroup namespaces; of the other kinds there is one, which can be joined.")
    long setns(Task task, int fd, int type) {
        long wanted = Integer.toUnsignedLong(type);
        FileDescription file = task.files().acquire(fd);
        try {
            Map<NamespaceKind, Namespace> joined = new EnumMap<>(NamespaceKind.class);
            if (file instanceof NamespaceFile opened) {
                Namespace namespace = opened.namespace();
                if (wanted != 0 && wanted != namespace.kind().cloneFlag()) {
                    throw Errno.EINVAL.exception();
                }
                joined.put(namespace.kind(), namespace);
            } else if (file instanceof PidDescription process) {
                if (wanted == 0 || (wanted & ~KINDS) != 0) {
                    throw Errno.EINVAL.exception();
                }
                collect(process, wanted, joined);
            } else {
                throw Errno.EINVAL.exception();
            }
            joined.values().forEach(namespace -> check(task, namespace));
            join(GuestTask.of(task), joined);
            return 0;
        } finally {
            file.release();
        }
    }

    private static void collect(
            PidDescription process, long wanted, Map<NamespaceKind, Namespace> joined) {
        if (process.group().isZombie() || process.group().isReaped()) {
            throw Errno.ESRCH.exception();
        }
        Namespaces theirs = process.group().leader().namespaces();
        for (NamespaceKind kind : NamespaceKind.values()) {
            if ((wanted & kind.cloneFlag()) != 0) {
                joined.put(kind, theirs.get(kind));
            }
        }
    }

    /** What the install functions of each kind ask for. */
    private static void check(Task task, Namespace namespace) {
        switch (namespace.kind()) {
            case USER -> throw Errno.EINVAL.exception();
            case MNT -> {
                NamespaceFile.checkAdministrator(task);
                if (!task.credentials().can(Capabilities.CAP_SYS_CHROOT)) {
                    throw Errno.EPERM.exception();
                }
                if (task.fs().users() > 1) {
                    throw Errno.EINVAL.exception();
                }
            }
            case TIME -> {
                NamespaceFile.checkAdministrator(task);
                if (GuestTask.of(task).group().liveTasks().size() > 1) {
                    throw Errno.EUSERS.exception();
                }
            }
            case CGROUP, IPC, NET, PID, UTS -> NamespaceFile.checkAdministrator(task);
        }
    }

    private static void join(GuestTask task, Map<NamespaceKind, Namespace> joined) {
        Namespace mounts = joined.get(NamespaceKind.MNT);
        if (mounts != null) {
            VfsPath root = task.sandbox().vfs().root(mounts);
            task.fs().setRoot(root);
            task.fs().setWorkingDirectory(root);
        }
        if (joined.containsKey(NamespaceKind.IPC)) {
            task.leaveUndoGroup();
        }
        joined.values().forEach(Namespace::retain);
        task.exchangeNamespaces(task.namespaces().with(joined)).release();
    }
}
