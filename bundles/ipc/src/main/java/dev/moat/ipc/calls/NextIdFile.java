package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Task;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.object.IpcTable;

/**
 * {@code kernel.msg_next_id} and its like: the id that the next object gets, for programs that
 * restore others. -1 when nobody wishes one. Source: ipc/ipc_sysctl.c, proc_sys_kernel(5).
 */
enum NextIdFile implements ProcContent {
    MSG("msg") {
        @Override
        IpcTable<?> table(IpcNamespace space) {
            return space.messages().table();
        }
    },
    SEM("sem") {
        @Override
        IpcTable<?> table(IpcNamespace space) {
            return space.semaphores().table();
        }
    },
    SHM("shm") {
        @Override
        IpcTable<?> table(IpcNamespace space) {
            return space.segments().table();
        }
    };

    private final String path;

    NextIdFile(String kind) {
        this.path = "sys/kernel/" + kind + "_next_id";
    }

    abstract IpcTable<?> table(IpcNamespace space);

    @Override
    public String path() {
        return path;
    }

    @Override
    public String render(IpcNamespace space) {
        return table(space).nextId() + "\n";
    }

    /** checkpoint_restore_ns_capable() in the user namespace that owns the objects. */
    @Override
    public void accept(Task writer, String value) {
        UserView owner = writer.namespaces().get(NamespaceKind.IPC).owner();
        if (!writer.credentials().canRestoreIn(owner)) {
            throw Errno.EPERM.exception();
        }
        table(IpcNamespace.of(writer)).setNextId(ProcContent.number(value, 0, Integer.MAX_VALUE));
    }
}
