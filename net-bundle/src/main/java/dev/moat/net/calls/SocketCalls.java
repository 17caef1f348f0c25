package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.net.SandboxSockets;
import dev.moat.net.Socket;
import dev.moat.net.netlink.NetlinkSockets;
import dev.moat.net.unix.UnixSockets;
import java.util.List;

/** {@code socket(2)}, {@code socketpair(2)}. */
final class SocketCalls {
    private static final int FLAGS = SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;

    @Syscall(
            nr = 41,
            name = "socket",
            support = Support.PARTIAL,
            note =
                    "AF_UNIX and AF_NETLINK (ROUTE, SOCK_DIAG, USERSOCK); other families give"
                            + " EAFNOSUPPORT")
    long socket(Task task, int family, int typeAndFlags, int protocol) {
        checkFamily(family, typeAndFlags);
        SandboxSockets sockets = SandboxSockets.of(task);
        int type = type(typeAndFlags);
        int flags = statusFlags(typeAndFlags);
        Socket socket =
                family == SocketConstants.AF_NETLINK
                        ? NetlinkSockets.create(sockets, type, protocol, flags)
                        : UnixSockets.create(sockets, type, protocol, flags);
        SocketAccess.own(task, socket);
        return task.files().install(task, socket, closesOnExec(typeAndFlags));
    }

    @Syscall(
            nr = 53,
            name = "socketpair",
            support = Support.PARTIAL,
            note = "AF_UNIX, which alone has pairs without IP; other families give EAFNOSUPPORT")
    long socketpair(Task task, int family, int typeAndFlags, int protocol, long pairUserAddr) {
        checkFamily(family, typeAndFlags);
        if (family == SocketConstants.AF_NETLINK) {
            NetlinkSockets.create(
                    SandboxSockets.of(task),
                    type(typeAndFlags),
                    protocol,
                    statusFlags(typeAndFlags));
            throw Errno.EOPNOTSUPP.exception();
        }
        List<Socket> pair =
                UnixSockets.createPair(
                        task,
                        SandboxSockets.of(task),
                        type(typeAndFlags),
                        protocol,
                        statusFlags(typeAndFlags));
        pair.forEach(socket -> SocketAccess.own(task, socket));
        int first = task.files().install(task, pair.getFirst(), closesOnExec(typeAndFlags));
        int second;
        try {
            second = task.files().install(task, pair.getLast(), closesOnExec(typeAndFlags));
        } catch (RuntimeException e) {
            task.files().close(task, first);
            throw e;
        }
        try {
            task.user().writeInt(pairUserAddr, first);
            task.user().writeInt(pairUserAddr + Integer.BYTES, second);
        } catch (RuntimeException e) {
            task.files().close(task, first);
            task.files().close(task, second);
            throw e;
        }
        return 0;
    }

    private static void checkFamily(int family, int typeAndFlags) {
        if ((typeAndFlags & ~(FLAGS | SocketConstants.SOCK_TYPE_MASK)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (family < 0 || family >= SocketConstants.AF_MAX) {
            throw Errno.EAFNOSUPPORT.exception();
        }
        if (type(typeAndFlags) >= SocketConstants.SOCK_MAX) {
            throw Errno.EINVAL.exception();
        }
        if (family != SocketConstants.AF_UNIX && family != SocketConstants.AF_NETLINK) {
            throw Errno.EAFNOSUPPORT.exception();
        }
    }

    private static int type(int typeAndFlags) {
        return typeAndFlags & SocketConstants.SOCK_TYPE_MASK;
    }

    /** SOCK_NONBLOCK is O_NONBLOCK. */
    private static int statusFlags(int typeAndFlags) {
        return typeAndFlags & SocketConstants.SOCK_NONBLOCK;
    }

    private static boolean closesOnExec(int typeAndFlags) {
        return (typeAndFlags & SocketConstants.SOCK_CLOEXEC) != 0;
    }
}
