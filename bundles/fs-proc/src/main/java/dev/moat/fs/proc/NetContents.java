package dev.moat.fs.proc;

import java.util.Map;

/** {@code /proc/net} of a sandbox without a network stack: tables with a head and no rows. */
final class NetContents {
    private NetContents() {}

    static Map<String, Content> all() {
        return Map.of(
                "dev",
                (proc, reader) ->
                        "Inter-|   Receive                                                |  Transmit\n"
                                + " face |bytes    packets errs drop fifo frame compressed multicast|bytes"
                                + "    packets errs drop fifo colls carrier compressed\n",
                "unix",
                (proc, reader) -> "Num       RefCount Protocol Flags    Type St Inode Path\n");
    }
}
