package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.NetlinkConstants;
import org.jspecify.annotations.Nullable;

/** The families that there are, and who may do what in them without CAP_NET_ADMIN. */
enum NetlinkProtocol {
    ROUTE(NetlinkConstants.NETLINK_ROUTE, 38, true, false),
    USERSOCK(NetlinkConstants.NETLINK_USERSOCK, 32, false, true),
    SOCK_DIAG(NetlinkConstants.NETLINK_SOCK_DIAG, 32, true, false);

    private final int number;
    private final int groups;
    private final boolean anybodyListens;
    private final boolean anybodySends;

    NetlinkProtocol(int number, int groups, boolean anybodyListens, boolean anybodySends) {
        this.number = number;
        this.groups = groups;
        this.anybodyListens = anybodyListens;
        this.anybodySends = anybodySends;
    }

    /**
     * The family of a number.
     *
     * @throws dev.moat.abi.ErrnoException EPROTONOSUPPORT: the kernel was built without it
     */
    static NetlinkProtocol of(int number) {
        for (NetlinkProtocol each : values()) {
            if (each.number == number) {
                return each;
            }
        }
        throw Errno.EPROTONOSUPPORT.exception();
    }

    int number() {
        return number;
    }

    /** Groups are numbered from 1 to this. */
    int groups() {
        return groups;
    }

    /** NL_CFG_F_NONROOT_RECV. */
    boolean anybodyListens() {
        return anybodyListens;
    }

    /** NL_CFG_F_NONROOT_SEND. */
    boolean anybodySends() {
        return anybodySends;
    }

    /** Who answers at port 0; null if nobody does. */
    @Nullable NetlinkFamily kernel() {
        return switch (this) {
            case ROUTE -> new RouteFamily();
            case SOCK_DIAG -> new DiagFamily();
            case USERSOCK -> null;
        };
    }
}
