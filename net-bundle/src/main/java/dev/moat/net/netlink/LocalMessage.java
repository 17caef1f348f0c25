package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.SockDiag;
import dev.moat.abi.SocketConstants;
import dev.moat.api.vfs.Inode;
import dev.moat.net.LocalSocket;
import dev.moat.net.Socket;
import java.util.List;

/** {@code struct unix_diag_msg} and what follows it: sk_diag_fill() in net/unix/diag.c. */
final class LocalMessage {
    // TCP_ESTABLISHED, TCP_CLOSE, TCP_LISTEN: what local sockets are in, too.
    private static final int ESTABLISHED = 1;
    private static final int CLOSED = 7;
    private static final int LISTENING = 10;

    private LocalMessage() {}

    static int state(Socket socket) {
        if (socket.isListening()) {
            return LISTENING;
        }
        return socket instanceof LocalSocket local && local.isConnected() ? ESTABLISHED : CLOSED;
    }

    /** ESTALE for the cookie of another socket; all bits are no cookie: INET_DIAG_NOCOOKIE. */
    static void checkCookie(Socket socket, int low, int high) {
        boolean none = low == -1 && high == -1;
        long number = socket.inode().number();
        if (!none && (low != (int) number || high != (int) (number >>> Integer.SIZE))) {
            throw Errno.ESTALE.exception();
        }
    }

    /** Tells of a socket, with the attributes that UDIAG_SHOW_* bits ask for. */
    static MessageBuilder fill(MessageBuilder message, Socket socket, int wanted) {
        long number = socket.inode().number();
        message.octet(SocketConstants.AF_UNIX)
                .octet(socket.type())
                .octet(state(socket))
                .octet(0)
                .number((int) number)
                .number((int) number)
                .number((int) (number >>> Integer.SIZE));
        if (socket instanceof LocalSocket local) {
            attributes(message, socket, local, wanted);
        }
        return message;
    }

    private static void attributes(
            MessageBuilder message, Socket socket, LocalSocket local, int wanted) {
        byte[] path = local.boundPath();
        if ((wanted & SockDiag.UDIAG_SHOW_NAME) != 0 && path.length > 0) {
            message.attribute(SockDiag.UNIX_DIAG_NAME, path);
        }
        Inode file = local.boundFile();
        if ((wanted & SockDiag.UDIAG_SHOW_VFS) != 0 && file != null) {
            int device = (int) file.filesystem().deviceId();
            message.attribute(
                    SockDiag.UNIX_DIAG_VFS, MessageBuilder.numbers((int) file.number(), device));
        }
        if ((wanted & SockDiag.UDIAG_SHOW_PEER) != 0 && local.peerNumber() != 0) {
            message.numberAttribute(SockDiag.UNIX_DIAG_PEER, (int) local.peerNumber());
        }
        List<Long> pending = local.pendingNumbers();
        if ((wanted & SockDiag.UDIAG_SHOW_ICONS) != 0 && socket.isListening()) {
            int[] numbers = pending.stream().mapToInt(Long::intValue).toArray();
            message.attribute(SockDiag.UNIX_DIAG_ICONS, MessageBuilder.numbers(numbers));
        }
        if ((wanted & SockDiag.UDIAG_SHOW_RQLEN) != 0) {
            int[] lengths =
                    socket.isListening()
                            ? new int[] {pending.size(), local.backlogLimit()}
                            : new int[] {socket.waitingBytes(), socket.unreceivedBytes()};
            message.attribute(SockDiag.UNIX_DIAG_RQLEN, MessageBuilder.numbers(lengths));
        }
        if ((wanted & SockDiag.UDIAG_SHOW_MEMINFO) != 0) {
            message.attribute(
                    SockDiag.UNIX_DIAG_MEMINFO, MessageBuilder.numbers(socket.memoryInUse()));
        }
        message.octetAttribute(SockDiag.UNIX_DIAG_SHUTDOWN, local.shutDown());
        if ((wanted & SockDiag.UDIAG_SHOW_UID) != 0) {
            message.numberAttribute(SockDiag.UNIX_DIAG_UID, socket.inode().uid());
        }
    }
}
