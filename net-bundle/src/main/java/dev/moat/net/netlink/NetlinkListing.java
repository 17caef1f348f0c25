package dev.moat.net.netlink;

/** {@code /proc/net/netlink}: netlink_seq_show(). */
public final class NetlinkListing {
    private NetlinkListing() {}

    /** The table of all sockets that have a port; no address of kernel memory is told. */
    public static String of(NetlinkPorts ports) {
        StringBuilder text =
                new StringBuilder(
                        "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks"
                                + "    Drops    Inode\n");
        for (NetlinkSocket socket : ports.sockets()) {
            text.append(
                    String.format(
                            "%016x %-3d %-10d %08x %-8d %-8d %-5d %-8d %-8d %-8d\n",
                            0,
                            socket.protocol(),
                            Integer.toUnsignedLong(socket.port()),
                            socket.groups(),
                            socket.chargedBytes(),
                            0,
                            0,
                            2,
                            0,
                            socket.inode().number()));
        }
        return text.toString();
    }
}
