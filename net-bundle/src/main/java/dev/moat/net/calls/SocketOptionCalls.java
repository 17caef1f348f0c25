package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code getsockopt(2)}, {@code setsockopt(2)} at level SOL_SOCKET, socket(7). */
final class SocketOptionCalls {
    private static final String NOTE =
            "SOL_SOCKET. There are no eBPF programs to attach; SO_BINDTODEVICE finds no device";

    @Syscall(nr = 54, name = "setsockopt", support = Support.PARTIAL, note = NOTE)
    long setsockopt(Task task, int fd, int level, int option, long valueUserAddr, int lengthBytes) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    if (lengthBytes < 0) {
                        throw Errno.EINVAL.exception();
                    }
                    if (level != SocketConstants.SOL_SOCKET) {
                        throw Errno.EOPNOTSUPP.exception();
                    }
                    new OptionSetter(task, socket).set(option, valueUserAddr, lengthBytes);
                    return 0;
                });
    }

    @Syscall(nr = 55, name = "getsockopt", support = Support.PARTIAL, note = NOTE)
    long getsockopt(
            Task task, int fd, int level, int option, long valueUserAddr, long lengthUserAddr) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    if (level != SocketConstants.SOL_SOCKET) {
                        throw Errno.EOPNOTSUPP.exception();
                    }
                    new OptionReader(task, socket).read(option, valueUserAddr, lengthUserAddr);
                    return 0;
                });
    }
}
