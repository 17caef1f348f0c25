package dev.moat.net.netlink;

import dev.moat.abi.NetlinkConstants;
import dev.moat.abi.SockDiag;
import dev.moat.api.swap.Stateful;
import dev.moat.net.OpenSockets;
import dev.moat.net.Socket;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** The local sockets of a namespace, in the order of their numbers: unix_diag_dump(). */
@Stateful
final class LocalDump implements Dump {
    /** Sockets looked at in one go. */
    private static final int MOST = 64;

    private final OpenSockets open;
    private final int sequence;
    private final int port;

    /** A bit for each TCP_* state that is asked for. */
    private final int states;

    private final int wanted;

    /** Number of the last socket that was looked at. */
    private long last;

    LocalDump(OpenSockets open, int sequence, int port, int states, int wanted) {
        this.open = open;
        this.sequence = sequence;
        this.port = port;
        this.states = states;
        this.wanted = wanted;
    }

    @Override
    public byte[] next() {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        while (piece.size() == 0) {
            List<Socket> sockets = open.after(last, MOST);
            if (sockets.isEmpty()) {
                return new byte[0];
            }
            for (Socket socket : sockets) {
                if ((states & 1 << LocalMessage.state(socket)) != 0) {
                    byte[] message = message(socket);
                    if (piece.size() > 0 && piece.size() + message.length > PIECE_BYTES) {
                        break;
                    }
                    piece.writeBytes(message);
                }
                last = socket.inode().number();
            }
        }
        return piece.toByteArray();
    }

    private byte[] message(Socket socket) {
        MessageBuilder message =
                new MessageBuilder(
                        SockDiag.SOCK_DIAG_BY_FAMILY, NetlinkConstants.NLM_F_MULTI, sequence, port);
        return LocalMessage.fill(message, socket, wanted).finish();
    }

    @Override
    public int sequence() {
        return sequence;
    }
}
