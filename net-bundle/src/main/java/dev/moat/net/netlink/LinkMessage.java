package dev.moat.net.netlink;

import dev.moat.abi.NetlinkConstants;
import dev.moat.abi.SocketConstants;
import dev.moat.api.namespace.Loopback;

/** RTM_NEWLINK of the loopback device: rtnl_fill_ifinfo(), in its order. */
final class LinkMessage {
    /** ETH_ALEN. */
    private static final int ADDRESS_BYTES = 6;

    // sizeof(struct rtnl_link_stats64), rtnl_link_stats, rtnl_link_ifmap.
    private static final int STATISTICS64_BYTES = 200;
    private static final int STATISTICS_BYTES = 96;
    private static final int MAP_BYTES = 32;

    // GSO_MAX_SEGS, GSO_LEGACY_MAX_SIZE, TSO_MAX_SIZE: include/linux/netdevice.h.
    private static final int MAX_SEGMENTS = 65535;
    private static final int MAX_SEGMENT_BYTES = 65536;
    private static final int MAX_OFFLOAD_BYTES = 524280;

    // Attributes of include/uapi/linux/if_link.h that are newer than many headers.
    private static final int DEVLINK_PORT = 65;
    private static final int GSO_IPV4_MAX_SIZE = 63;
    private static final int GRO_IPV4_MAX_SIZE = 64;

    private LinkMessage() {}

    /** The message; {@code changed} are the flags that it tells of, 0 for an answer. */
    static MessageBuilder fill(MessageBuilder message, Loopback link, int changed) {
        boolean up = link.isUp();
        return message.octet(SocketConstants.AF_UNSPEC)
                .octet(0)
                .half(NetlinkConstants.ARPHRD_LOOPBACK)
                .number(Loopback.INDEX)
                .number(link.flags())
                .number(changed)
                .textAttribute(NetlinkConstants.IFLA_IFNAME, Loopback.NAME)
                .numberAttribute(NetlinkConstants.IFLA_TXQLEN, Loopback.QUEUE_LENGTH)
                .octetAttribute(
                        NetlinkConstants.IFLA_OPERSTATE,
                        up ? NetlinkConstants.IF_OPER_UNKNOWN : NetlinkConstants.IF_OPER_DOWN)
                .octetAttribute(NetlinkConstants.IFLA_LINKMODE, 0)
                .numberAttribute(NetlinkConstants.IFLA_MTU, Loopback.MTU_BYTES)
                .numberAttribute(NetlinkConstants.IFLA_MIN_MTU, 0)
                .numberAttribute(NetlinkConstants.IFLA_MAX_MTU, 0)
                .numberAttribute(NetlinkConstants.IFLA_GROUP, 0)
                .numberAttribute(NetlinkConstants.IFLA_PROMISCUITY, 0)
                .numberAttribute(NetlinkConstants.IFLA_ALLMULTI, 0)
                .numberAttribute(NetlinkConstants.IFLA_NUM_TX_QUEUES, 1)
                .numberAttribute(NetlinkConstants.IFLA_GSO_MAX_SEGS, MAX_SEGMENTS)
                .numberAttribute(NetlinkConstants.IFLA_GSO_MAX_SIZE, MAX_SEGMENT_BYTES)
                .numberAttribute(NetlinkConstants.IFLA_GRO_MAX_SIZE, MAX_SEGMENT_BYTES)
                .numberAttribute(GSO_IPV4_MAX_SIZE, MAX_SEGMENT_BYTES)
                .numberAttribute(GRO_IPV4_MAX_SIZE, MAX_SEGMENT_BYTES)
                .numberAttribute(NetlinkConstants.IFLA_TSO_MAX_SIZE, MAX_OFFLOAD_BYTES)
                .numberAttribute(NetlinkConstants.IFLA_TSO_MAX_SEGS, MAX_SEGMENTS)
                .numberAttribute(NetlinkConstants.IFLA_NUM_RX_QUEUES, 1)
                .octetAttribute(NetlinkConstants.IFLA_CARRIER, 1)
                .numberAttribute(NetlinkConstants.IFLA_CARRIER_CHANGES, 0)
                .numberAttribute(NetlinkConstants.IFLA_CARRIER_UP_COUNT, 0)
                .numberAttribute(NetlinkConstants.IFLA_CARRIER_DOWN_COUNT, 0)
                .octetAttribute(NetlinkConstants.IFLA_PROTO_DOWN, 0)
                .attribute(NetlinkConstants.IFLA_ADDRESS, new byte[ADDRESS_BYTES])
                .attribute(NetlinkConstants.IFLA_BROADCAST, new byte[ADDRESS_BYTES])
                .attribute(NetlinkConstants.IFLA_STATS64, new byte[STATISTICS64_BYTES])
                .attribute(NetlinkConstants.IFLA_STATS, new byte[STATISTICS_BYTES])
                .attribute(NetlinkConstants.IFLA_XDP, notAttached())
                .textAttribute(NetlinkConstants.IFLA_QDISC, up ? "noqueue" : "noop")
                .attribute(NetlinkConstants.IFLA_AF_SPEC, new byte[0])
                .attribute(NetlinkConstants.IFLA_MAP, new byte[MAP_BYTES])
                .attribute(NESTED | DEVLINK_PORT, new byte[0]);
    }

    /** NLA_F_NESTED. */
    private static final int NESTED = 1 << 15;

    /** One attribute of a byte: XDP_ATTACHED_NONE. */
    private static byte[] notAttached() {
        return new byte[] {5, 0, NetlinkConstants.IFLA_XDP_ATTACHED, 0, 0, 0, 0, 0};
    }
}
