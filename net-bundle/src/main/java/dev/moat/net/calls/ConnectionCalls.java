package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.net.Accepted;
import dev.moat.net.Socket;
import dev.moat.net.unix.UnixSockets;
import org.jspecify.annotations.Nullable;

/**
 * {@code bind(2)}, {@code listen(2)}, {@code accept(2)}, {@code connect(2)}, {@code shutdown(2)}
 * and the names.
 */
final class ConnectionCalls {
    private static final int ACCEPT_FLAGS =
            SocketConstants.SOCK_NONBLOCK | SocketConstants.SOCK_CLOEXEC;

    @Syscall(nr = 49, name = "bind")
    long bind(Task task, int fd, long addressUserAddr, int lengthBytes) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    socket.bind(task, SocketAccess.readAddress(task, addressUserAddr, lengthBytes));
                    return 0;
                });
    }

    @Syscall(nr = 50, name = "listen")
    long listen(Task task, int fd, int backlog) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    UnixSockets.noteListener(socket, task);
                    socket.listen(backlog);
                    return 0;
                });
    }

    @Syscall(nr = 42, name = "connect")
    long connect(Task task, int fd, long addressUserAddr, int lengthBytes) {
        SocketAccess.checkOpen(task, fd);
        byte[] address = SocketAccess.readAddress(task, addressUserAddr, lengthBytes);
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    return Waiting.until(
                            task,
                            !socket.isNonBlocking(),
                            socket.options().sendTimeoutNs(),
                            () -> socket.connectQueue(task, address),
                            () -> socket.connect(task, address));
                });
    }

    @Syscall(nr = 43, name = "accept")
    long accept(Task task, int fd, long addressUserAddr, long lengthUserAddr) {
        return accept4(task, fd, addressUserAddr, lengthUserAddr, 0);
    }

    @Syscall(nr = 288, name = "accept4")
    long accept4(Task task, int fd, long addressUserAddr, long lengthUserAddr, int flags) {
        SocketAccess.checkOpen(task, fd);
        if ((flags & ~ACCEPT_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        return SocketAccess.with(
                task, fd, socket -> accept(task, socket, addressUserAddr, lengthUserAddr, flags));
    }

    private static long accept(
            Task task, Socket listener, long addressUserAddr, long lengthUserAddr, int flags) {
        Accepted[] found = {Accepted.NONE};
        long result =
                Waiting.until(
                        task,
                        !listener.isNonBlocking(),
                        listener.options().receiveTimeoutNs(),
                        listener::waitQueue,
                        () -> {
                            found[0] = listener.accept();
                            return found[0].socket() == null ? Errno.EAGAIN.negated() : 0;
                        });
        @Nullable Socket connection = found[0].socket();
        if (connection == null) {
            return result;
        }
        connection.setFlags(SocketConstants.SOCK_NONBLOCK, flags & SocketConstants.SOCK_NONBLOCK);
        SocketAccess.own(task, connection);
        byte[] peer = connection.peerAddress();
        int fd =
                task.files().install(task, connection, (flags & SocketConstants.SOCK_CLOEXEC) != 0);
        if (addressUserAddr != 0) {
            try {
                SocketAccess.writeAddress(task, peer, addressUserAddr, lengthUserAddr);
            } catch (RuntimeException e) {
                task.files().close(task, fd);
                throw e;
            }
        }
        return fd;
    }

    @Syscall(nr = 48, name = "shutdown")
    long shutdown(Task task, int fd, int how) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    if (how < SocketConstants.SHUT_RD || how > SocketConstants.SHUT_RDWR) {
                        throw Errno.EINVAL.exception();
                    }
                    socket.shutdown(how);
                    return 0;
                });
    }

    @Syscall(nr = 51, name = "getsockname")
    long getsockname(Task task, int fd, long addressUserAddr, long lengthUserAddr) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    SocketAccess.writeAddress(
                            task, socket.localAddress(), addressUserAddr, lengthUserAddr);
                    return 0;
                });
    }

    @Syscall(nr = 52, name = "getpeername")
    long getpeername(Task task, int fd, long addressUserAddr, long lengthUserAddr) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    SocketAccess.writeAddress(
                            task, socket.peerAddress(), addressUserAddr, lengthUserAddr);
                    return 0;
                });
    }
}
