package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;

/** An open namespace: keeps it, and is what setns(2) takes. */
@Stateful
public final class NamespaceFile extends FileDescription {
    private final NamespaceInode inode;
    private final Namespace namespace;

    NamespaceFile(NamespaceInode inode, Namespace namespace, int flags) {
        super(flags);
        this.inode = inode;
        this.namespace = namespace;
        namespace.retain();
    }

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

    /** ioctl_nsfs(2): all user namespaces are the first one, which has no parent. */
    @Override
    public long ioctl(Task task, int command, long argument) {
        boolean user = namespace.kind() == NamespaceKind.USER;
        return switch (command) {
            case Ioctls.NS_GET_NSTYPE -> namespace.kind().cloneFlag();
            case Ioctls.NS_GET_USERNS -> {
                if (user) {
                    throw Errno.EPERM.exception();
                }
                yield open(task, task.namespaces().get(NamespaceKind.USER));
            }
            case Ioctls.NS_GET_PARENT -> {
                boolean nested = user || namespace.kind() == NamespaceKind.PID;
                throw (nested ? Errno.EPERM : Errno.EINVAL).exception();
            }
            case Ioctls.NS_GET_OWNER_UID -> {
                if (!user) {
                    throw Errno.EINVAL.exception();
                }
                task.user().writeInt(argument, 0);
                yield 0;
            }
            default -> throw Errno.ENOTTY.exception();
        };
    }

    /** A new descriptor of a namespace. */
    static long open(Task task, Namespace namespace) {
        Inode file = task.sandbox().tasks().namespaceInode(namespace);
        return task.files().install(task, file.open(task, 0), true);
    }

    /** EPERM for who may not change namespaces. */
    public static void checkAdministrator(Task task) {
        if (!task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }
}
