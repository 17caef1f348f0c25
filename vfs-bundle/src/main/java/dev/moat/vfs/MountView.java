package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.MntIdReq;
import dev.moat.abi.StatmountFlags;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceHolder;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.MountInfo;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The mounts of a namespace as a task may see them: statmount(2), listmount(2), fs/namespace.c. */
public final class MountView {
    private final SandboxVfs vfs;
    private final Task task;
    private final Namespace namespace;
    private final Place root;

    private MountView(SandboxVfs vfs, Task task, Namespace namespace) {
        this.vfs = vfs;
        this.task = task;
        this.namespace = namespace;
        boolean own = namespace == task.namespaces().get(NamespaceKind.MNT);
        this.root = own ? Place.of(task.fs().root()) : vfs.spaceOf(namespace).root();
    }

    /**
     * The namespace that is asked for.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT: there is none, or the task must not know; EBADF,
     *     EINVAL: the descriptor is of something else
     */
    public static MountView of(Task task, MntIdReq request) {
        Namespace own = task.namespaces().get(NamespaceKind.MNT);
        Namespace wanted = own;
        if (request.namespaceId() != 0) {
            wanted = byNumber(task, request.namespaceId());
            if (wanted != own
                    && !task.credentials().canIn(wanted.owner(), Capabilities.CAP_SYS_ADMIN)) {
                throw Errno.ENOENT.exception();
            }
        } else if (request.namespaceFd() != 0) {
            wanted = byDescriptor(task, request.namespaceFd());
        }
        return new MountView(SandboxVfs.of(task), task, wanted);
    }

    /** One that a task is in. */
    private static Namespace byNumber(Task task, long number) {
        for (ThreadGroup group : task.sandbox().tasks().groups()) {
            for (Task each : group.tasks()) {
                Namespace namespace = each.namespaces().get(NamespaceKind.MNT);
                if (namespace.number() == number) {
                    return namespace;
                }
            }
        }
        throw Errno.ENOENT.exception();
    }

    private static Namespace byDescriptor(Task task, int fd) {
        FileDescription file = task.files().acquire(fd);
        try {
            if (file instanceof NamespaceHolder holder
                    && holder.namespace().kind() == NamespaceKind.MNT) {
                return holder.namespace();
            }
            throw Errno.EINVAL.exception();
        } finally {
            file.release();
        }
    }

    Namespace namespace() {
        return namespace;
    }

    /** What paths are shown relative to. */
    Place root() {
        return root;
    }

    SandboxVfs vfs() {
        return vfs;
    }

    /**
     * A mount by its unique id.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT; EPERM: the task does not see it
     */
    public Mount find(long uniqueId) {
        Mount found =
                all().filter(mount -> mount.uniqueId() == uniqueId)
                        .findFirst()
                        .orElseThrow(Errno.ENOENT::exception);
        checkSeen(new Place(found, found.root()));
        return found;
    }

    private Stream<Mount> all() {
        List<MountInfo> mounts = vfs.mountTable().list(vfs.spaceOf(namespace));
        return mounts.stream().map(Mount.class::cast);
    }

    private void checkSeen(Place place) {
        if (!Paths.isReachable(place, root)
                && !task.credentials().canIn(namespace.owner(), Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * Ids of the mounts below one, in their order.
     *
     * @param top unique id, LSMT_ROOT for what the task sees, itself included
     * @param last the one to go on behind; 0 for none
     */
    public long[] below(long top, long last, boolean reverse, int most) {
        Place from;
        if (top == StatmountFlags.LSMT_ROOT) {
            from = root;
            checkSeen(from);
        } else {
            Mount mount = find(top);
            from = new Place(mount, mount.root());
        }
        Comparator<Mount> order = Comparator.comparingLong(Mount::uniqueId);
        return all().filter(mount ->
                        last == 0 || (reverse ? mount.uniqueId() < last : mount.uniqueId() > last))
                .filter(mount -> mount.uniqueId() != top)
                .filter(mount -> Paths.isReachable(new Place(mount, mount.root()), from))
                .sorted(reverse ? order.reversed() : order)
                .limit(most)
                .mapToLong(Mount::uniqueId)
                .toArray();
    }
}
