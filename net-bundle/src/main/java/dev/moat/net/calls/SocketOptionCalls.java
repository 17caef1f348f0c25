package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/**
 * {@code getsockopt(2)}, {@code setsockopt(2)} at the levels SOL_SOCKET, socket(7), and
 * SOL_NETLINK, netlink(7).
 */
final class SocketOptionCalls {
    private static final String NOTE =
            "SOL_SOCKET and SOL_NETLINK. There are no eBPF programs to attach; SO_BINDTODEVICE finds no device";

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
                        socket.setOption(task, level, option, valueUserAddr, lengthBytes);
                        return 0;
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
                        socket.getOption(task, level, option, valueUserAddr, lengthUserAddr);
                        return 0;
                    }
                    new OptionReader(task, socket).read(option, valueUserAddr, lengthUserAddr);
                    return 0;
                });
    }
}
