package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceHolder;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserSpace;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;

/** An open namespace: keeps it, and is what setns(2) takes. */
@Stateful
public final class NamespaceFile extends ControlFile implements NamespaceHolder {
    private final NamespaceInode inode;
    private final Namespace namespace;

    NamespaceFile(NamespaceInode inode, Namespace namespace, int flags) {
        super(flags);
        this.inode = inode;
        this.namespace = namespace;
        namespace.retain();
    }

    @Override
    public Namespace namespace() {
        return namespace;
    }

    @Override
    protected void closed() {
        namespace.release();
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return namespace.toString();
    }

    /** ioctl_nsfs(2). */
    @Override
    public long ioctl(Task task, int command, long argument) {
        boolean user = namespace.kind() == NamespaceKind.USER;
        return switch (command) {
            case Ioctls.NS_GET_NSTYPE -> namespace.kind().cloneFlag();
            case Ioctls.NS_GET_USERNS -> {
                yield open(task, userNamespace(task, namespace.owner()));
            }
            case Ioctls.NS_GET_PARENT -> {
                if (namespace.kind() == NamespaceKind.PID) {
                    yield open(task, parentOf(task));
                }
                if (!user) {
                    throw Errno.EINVAL.exception();
                }
                yield open(task, userNamespace(task, namespace.owner()));
            }
            case Ioctls.NS_GET_OWNER_UID -> {
                if (!user) {
                    throw Errno.EINVAL.exception();
                }
                int owner = UserSpace.of(namespace).ownerUid();
                task.user().writeInt(argument, task.credentials().space().seenUid(owner));
                yield 0;
            }
            case Ioctls.NS_GET_MNTNS_ID -> {
                if (namespace.kind() != NamespaceKind.MNT) {
                    throw Errno.EINVAL.exception();
                }
                yield writeNumber(task, argument);
            }
            case Ioctls.NS_GET_ID -> writeNumber(task, argument);
            default -> throw Errno.ENOTTY.exception();
        };
    }

    private long writeNumber(Task task, long userAddr) {
        task.user().writeLong(userAddr, namespace.number());
        return 0;
    }

    /** The one that owns this; EPERM if it is not within the caller's: ns_get_owner. */
    private Namespace userNamespace(Task task, UserView owner) {
        boolean first = namespace.kind() == NamespaceKind.USER && isFirst();
        if (first || !owner.isWithin(task.credentials().space())) {
            throw Errno.EPERM.exception();
        }
        return owner.namespaceOr(Namespaces.firstOf(task.sandbox()).get(NamespaceKind.USER));
    }

    private boolean isFirst() {
        return UserSpace.of(namespace).level() == 0;
    }

    /** EPERM if it is not within the caller's own: ns_get_owner, pidns_get_parent. */
    private Namespace parentOf(Task task) {
        PidView above = PidView.of(namespace).parent();
        if (PidView.of(namespace).level() == 0 || !above.isWithin(task.pids())) {
            throw Errno.EPERM.exception();
        }
        return above instanceof PidSpace space
                ? space.namespace()
                : Namespaces.firstOf(task.sandbox()).get(NamespaceKind.PID);
    }

    /** A new descriptor of a namespace. */
    static long open(Task task, Namespace namespace) {
        Inode file = task.sandbox().tasks().namespaceInode(namespace);
        return task.files().install(task, file.open(task, 0), true);
    }

    /** EPERM for who may not join {@code target}: there and at home he is an administrator. */
    public static void checkAdministrator(Task task, Namespace target) {
        Credentials own = task.credentials();
        if (!own.has(Capabilities.CAP_SYS_ADMIN)
                || !own.canIn(target.owner(), Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }
}
