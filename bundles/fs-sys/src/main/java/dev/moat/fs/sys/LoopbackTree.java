package dev.moat.fs.sys;

import dev.moat.api.namespace.Loopback;
import java.util.List;

/** {@code /sys/class/net/lo}: Documentation/ABI/testing/sysfs-class-net. */
final class LoopbackTree {
    private static final List<String> STATISTICS =
            List.of(
                    "collisions",
                    "multicast",
                    "rx_bytes",
                    "rx_compressed",
                    "rx_crc_errors",
                    "rx_dropped",
                    "rx_errors",
                    "rx_fifo_errors",
                    "rx_frame_errors",
                    "rx_length_errors",
                    "rx_missed_errors",
                    "rx_nohandler",
                    "rx_over_errors",
                    "rx_packets",
                    "tx_aborted_errors",
                    "tx_bytes",
                    "tx_carrier_errors",
                    "tx_compressed",
                    "tx_dropped",
                    "tx_errors",
                    "tx_fifo_errors",
                    "tx_heartbeat_errors",
                    "tx_packets",
                    "tx_window_errors");

    private LoopbackTree() {}

    static void addTo(SysDirectory root, Loopback link) {
        root.directory("class/net").link(Loopback.NAME, "../../devices/virtual/net/lo");
        SysDirectory device = root.directory("devices/virtual/net/" + Loopback.NAME);
        device.link("subsystem", "../../../../class/net")
                .file("uevent", "INTERFACE=lo\nIFINDEX=" + Loopback.INDEX)
                .file("ifindex", Integer.toString(Loopback.INDEX))
                .file("iflink", Integer.toString(Loopback.INDEX))
                .file("mtu", Integer.toString(Loopback.MTU_BYTES))
                .file("tx_queue_len", Integer.toString(Loopback.QUEUE_LENGTH))
                .file("type", "772")
                .file("addr_len", "6")
                .file("address", "00:00:00:00:00:00")
                .file("broadcast", "00:00:00:00:00:00")
                .file("name_assign_type", "2")
                .file("dev_id", "0x0")
                .file("ifalias", "");
        for (String name :
                List.of(
                        "addr_assign_type",
                        "carrier_changes",
                        "carrier_down_count",
                        "carrier_up_count",
                        "dev_port",
                        "gro_flush_timeout",
                        "link_mode",
                        "napi_defer_hard_irqs",
                        "netdev_group",
                        "proto_down",
                        "threaded")) {
            device.file(name, "0");
        }
        device.file("flags", new SysValue.LinkFlags(link))
                .file("operstate", new SysValue.LinkState(link, "unknown\n", "down\n"))
                .file("carrier", new SysValue.LinkState(link, "1\n", ""))
                .file("dormant", new SysValue.LinkState(link, "0\n", ""))
                .file("testing", new SysValue.LinkState(link, "0\n", ""))
                .file("speed", new SysValue.LinkState(link, "", ""))
                .file("duplex", new SysValue.LinkState(link, "", ""));
        SysDirectory statistics = device.directory("statistics");
        STATISTICS.forEach(name -> statistics.file(name, "0"));
        device.directory("queues/rx-0");
        device.directory("queues/tx-0");
    }
}
