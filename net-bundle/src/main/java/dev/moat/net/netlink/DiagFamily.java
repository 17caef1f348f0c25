package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.NetlinkConstants;
import dev.moat.abi.SockDiag;
import dev.moat.abi.SocketConstants;
import dev.moat.net.OpenSockets;
import dev.moat.net.Socket;

/** NETLINK_SOCK_DIAG, sock_diag(7): net/core/sock_diag.c, of local sockets. */
final class DiagFamily implements NetlinkFamily {
    /** {@code sizeof(struct unix_diag_req)} and offsets in it. */
    private static final int REQUEST_BYTES = 24;

    private static final int STATES = 4;
    private static final int NUMBER = 8;
    private static final int WANTED = 12;
    private static final int COOKIE = 16;

    @Override
    public Outcome answer(Request request) {
        return switch (request.header().type()) {
            case SockDiag.SOCK_DIAG_BY_FAMILY -> {
                checkFamily(request);
                yield tell(request);
            }
            case SockDiag.SOCK_DESTROY -> {
                checkFamily(request);
                throw Requests.unsupported();
            }
            case SockDiag.TCPDIAG_GETSOCK, SockDiag.DCCPDIAG_GETSOCK ->
                    throw Requests.unsupported();
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** ENOENT for a family that has no sockets to tell of. */
    private static void checkFamily(Request request) {
        if (request.body().length < Short.BYTES || request.octet(0) >= SocketConstants.AF_MAX) {
            throw Errno.EINVAL.exception();
        }
        if (request.octet(0) != SocketConstants.AF_UNIX) {
            throw Errno.ENOENT.exception();
        }
    }

    private static Outcome tell(Request request) {
        if (request.body().length < REQUEST_BYTES) {
            throw Errno.EINVAL.exception();
        }
        OpenSockets open = request.socket().sockets().openSockets();
        int wanted = request.number(WANTED);
        if (request.header().has(NetlinkConstants.NLM_F_DUMP)) {
            request.socket()
                    .begin(
                            new LocalDump(
                                    open,
                                    request.header().sequence(),
                                    request.socket().port(),
                                    request.number(STATES),
                                    wanted));
            return Outcome.DUMPING;
        }
        if (request.number(NUMBER) == 0) {
            throw Errno.EINVAL.exception();
        }
        Socket found = open.find(Integer.toUnsignedLong(request.number(NUMBER)));
        if (found == null) {
            throw Errno.ENOENT.exception();
        }
        LocalMessage.checkCookie(found, request.number(COOKIE), request.number(COOKIE + 4));
        MessageBuilder message = request.answer(SockDiag.SOCK_DIAG_BY_FAMILY, 0);
        request.socket().deliverFromKernel(LocalMessage.fill(message, found, wanted).finish(), 0);
        return Outcome.DONE;
    }
}
