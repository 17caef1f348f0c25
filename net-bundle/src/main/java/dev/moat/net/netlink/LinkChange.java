package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.NetlinkConstants;
import dev.moat.api.namespace.Loopback;
import dev.moat.net.SandboxSockets;

/** Sets flags of the loopback device and tells those who listen: rtnl_dev_combine(). */
public final class LinkChange {
    /** Flags that nobody sets: __dev_change_flags() keeps them as they are. */
    private static final int KEPT =
            NetlinkConstants.IFF_LOOPBACK
                    | NetlinkConstants.IFF_RUNNING
                    | NetlinkConstants.IFF_LOWER_UP;

    private LinkChange() {}

    /**
     * Sets the flags in {@code mask}, or all if that is 0, to those of {@code flags}.
     *
     * @throws dev.moat.abi.ErrnoException EOPNOTSUPP: other flags than IFF_UP
     */
    public static void apply(SandboxSockets sockets, int flags, int mask) {
        if (flags == 0 && mask == 0) {
            return;
        }
        Loopback link = sockets.loopback();
        int before = link.flags();
        int after = mask == 0 ? flags : flags & mask | before & ~mask;
        int changed = (before ^ after) & ~KEPT;
        if ((changed & ~NetlinkConstants.IFF_UP) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (changed == 0) {
            return;
        }
        link.setUp((after & NetlinkConstants.IFF_UP) != 0);
        MessageBuilder message = new MessageBuilder(NetlinkConstants.RTM_NEWLINK, 0, 0, 0);
        byte[] news = LinkMessage.fill(message, link, before ^ link.flags()).finish();
        int group = NetlinkConstants.RTNLGRP_LINK;
        for (NetlinkSocket member :
                sockets.netlinkPorts().members(NetlinkConstants.NETLINK_ROUTE, group)) {
            member.deliverFromKernel(news, group);
        }
    }
}
