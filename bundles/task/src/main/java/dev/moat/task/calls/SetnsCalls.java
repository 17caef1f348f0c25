package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.namespace.UserSpace;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.NamespaceFile;
import dev.moat.task.process.NewUser;
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

    @Syscall(nr = 308, name = "setns")
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
            Credentials before = task.credentials();
            try {
                // with a user namespace come the capabilities that the others ask for
                Namespace user = joined.get(NamespaceKind.USER);
                if (user != null) {
                    check(task, user);
                    task.setCredentials(NewUser.inside(before, UserSpace.of(user)));
                }
                for (Namespace namespace : joined.values()) {
                    if (namespace != user) {
                        check(task, namespace);
                    }
                }
                join(GuestTask.of(task), joined);
            } catch (RuntimeException e) {
                task.setCredentials(before);
                throw e;
            }
            return 0;
        } finally {
            file.release();
        }
    }

    private static void collect(
            PidDescription process, long wanted, Map<NamespaceKind, Namespace> joined) {
        GuestTask target = process.task();
        if (target == null || process.group().isZombie()) {
            throw Errno.ESRCH.exception();
        }
        Namespaces theirs = target.namespaces();
        for (NamespaceKind kind : NamespaceKind.values()) {
            if ((wanted & kind.cloneFlag()) != 0) {
                joined.put(
                        kind, kind == NamespaceKind.PID ? target.pidNamespace() : theirs.get(kind));
            }
        }
    }

    /** What the install functions of each kind ask for. */
    private static void check(Task task, Namespace namespace) {
        switch (namespace.kind()) {
            case USER -> checkUser(task, UserSpace.of(namespace));
            case MNT -> {
                NamespaceFile.checkAdministrator(task, namespace);
                if (!task.credentials().has(Capabilities.CAP_SYS_CHROOT)) {
                    throw Errno.EPERM.exception();
                }
                if (task.fs().users() > 1) {
                    throw Errno.EINVAL.exception();
                }
            }
            case TIME -> {
                if (!isAlone(GuestTask.of(task))) {
                    throw Errno.EUSERS.exception();
                }
                NamespaceFile.checkAdministrator(task, namespace);
            }
            case PID -> {
                NamespaceFile.checkAdministrator(task, namespace);
                if (!PidView.of(namespace).isWithin(task.pids())) {
                    throw Errno.EINVAL.exception();
                }
            }
            case CGROUP, IPC, NET, UTS -> NamespaceFile.checkAdministrator(task, namespace);
        }
    }

    /** Whether nobody else runs in its address space: current_is_single_threaded. */
    private static boolean isAlone(GuestTask task) {
        if (task.group().liveTasks().size() > 1) {
            return false;
        }
        return task.memory().users() == 1
                || task.services().tree().collectGroups().stream()
                        .flatMap(group -> group.liveTasks().stream())
                        .allMatch(other -> other == task || other.memory() != task.memory());
    }

    /** userns_install. */
    private static void checkUser(Task task, UserView target) {
        Credentials own = task.credentials();
        if (target == own.space() || GuestTask.of(task).group().liveTasks().size() > 1) {
            throw Errno.EINVAL.exception();
        }
        if (task.fs().users() > 1) {
            throw Errno.EINVAL.exception();
        }
        if (!own.canIn(target, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    private static void join(GuestTask task, Map<NamespaceKind, Namespace> joined) {
        Namespace time = joined.get(NamespaceKind.TIME);
        if (time != null) {
            TimeSpace.of(time).settle();
            task.services().loader().setClocks(task.sandbox(), task.memory(), time);
        }
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
