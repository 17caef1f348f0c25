package dev.moat.net.unix;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.api.task.Task;
import dev.moat.net.SandboxSockets;
import dev.moat.net.Socket;
import java.util.List;

/** Makes local sockets. */
public final class UnixSockets {
    private UnixSockets() {}

    /**
     * socket(2) with AF_UNIX.
     *
     * @throws dev.moat.abi.ErrnoException ESOCKTNOSUPPORT, EPROTONOSUPPORT
     */
    public static Socket create(SandboxSockets sockets, int type, int protocol, int flags) {
        checkProtocol(protocol);
        Socket socket = create(sockets, type, flags);
        sockets.openSockets().add(socket);
        return socket;
    }

    private static Socket create(SandboxSockets sockets, int type, int flags) {
        return switch (type) {
            case SocketConstants.SOCK_STREAM, SocketConstants.SOCK_SEQPACKET ->
                    new ConnectedSocket(sockets, type, flags);
            // Linux takes SOCK_RAW for SOCK_DGRAM here, net/unix/af_unix.c.
            case SocketConstants.SOCK_DGRAM, SocketConstants.SOCK_RAW ->
                    new DatagramSocket(sockets, flags);
            default -> throw Errno.ESOCKTNOSUPPORT.exception();
        };
    }

    /** socketpair(2). */
    public static List<Socket> createPair(
            Task task, SandboxSockets sockets, int type, int protocol, int flags) {
        Socket first = create(sockets, type, protocol, flags);
        Socket second = create(sockets, type, protocol, flags);
        if (first instanceof ConnectedSocket connected) {
            connected.pairWith((ConnectedSocket) second, task);
        } else {
            ((DatagramSocket) first).pairWith((DatagramSocket) second, task);
        }
        return List.of(first, second);
    }

    /** Notes who listens, for SO_PEERCRED of those who connect. */
    public static void noteListener(Socket socket, Task task) {
        if (socket instanceof ConnectedSocket connected) {
            connected.noteListener(task);
        }
    }

    private static void checkProtocol(int protocol) {
        if (protocol != 0 && protocol != SocketConstants.AF_UNIX) {
            throw Errno.EPROTONOSUPPORT.exception();
        }
    }
}
