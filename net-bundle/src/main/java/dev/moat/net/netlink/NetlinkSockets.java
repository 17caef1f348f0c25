package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.net.SandboxSockets;
import dev.moat.net.Socket;

/** Makes netlink sockets. */
public final class NetlinkSockets {
    private NetlinkSockets() {}

    /**
     * socket(2) with AF_NETLINK.
     *
     * @throws dev.moat.abi.ErrnoException ESOCKTNOSUPPORT, EPROTONOSUPPORT
     */
    public static Socket create(SandboxSockets sockets, int type, int protocol, int flags) {
        if (type != SocketConstants.SOCK_RAW && type != SocketConstants.SOCK_DGRAM) {
            throw Errno.ESOCKTNOSUPPORT.exception();
        }
        return new NetlinkSocket(sockets, type, NetlinkProtocol.of(protocol), flags);
    }
}
