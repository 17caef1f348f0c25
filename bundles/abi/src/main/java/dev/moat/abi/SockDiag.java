package dev.moat.abi;

/**
 * Numbers of {@code sock_diag(7)}.
 *
 * <p>Source: include/uapi/linux/sock_diag.h, inet_diag.h, unix_diag.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>
 */
public final class SockDiag {
    // Types of messages.
    public static final int SOCK_DIAG_BY_FAMILY = 20;
    public static final int SOCK_DESTROY = 21;
    public static final int TCPDIAG_GETSOCK = 18;
    public static final int DCCPDIAG_GETSOCK = 19;

    // What is to be told of local sockets.
    public static final int UDIAG_SHOW_NAME = 0x1;
    public static final int UDIAG_SHOW_VFS = 0x2;
    public static final int UDIAG_SHOW_PEER = 0x4;
    public static final int UDIAG_SHOW_ICONS = 0x8;
    public static final int UDIAG_SHOW_RQLEN = 0x10;
    public static final int UDIAG_SHOW_MEMINFO = 0x20;
    public static final int UDIAG_SHOW_UID = 0x40;

    // Attributes of local sockets.
    public static final int UNIX_DIAG_NAME = 0;
    public static final int UNIX_DIAG_VFS = 1;
    public static final int UNIX_DIAG_PEER = 2;
    public static final int UNIX_DIAG_ICONS = 3;
    public static final int UNIX_DIAG_RQLEN = 4;
    public static final int UNIX_DIAG_MEMINFO = 5;
    public static final int UNIX_DIAG_SHUTDOWN = 6;
    public static final int UNIX_DIAG_UID = 7;

    private SockDiag() {}
}
