package dev.moat.net;

import dev.moat.net.netlink.NetlinkListing;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Files of {@code /proc/net}: what the namespace of who reads them has. */
public enum NetFile {
    UNIX("net/unix") {
        @Override
        public String render(SandboxSockets sockets) {
            StringBuilder text =
                    new StringBuilder("Num       RefCount Protocol Flags    Type St Inode Path\n");
            long last = 0;
            for (List<Socket> some = sockets.openSockets().after(last, SOME);
                    !some.isEmpty();
                    some = sockets.openSockets().after(last, SOME)) {
                some.forEach(socket -> appendTo(text, socket));
                last = some.getLast().inode().number();
            }
            return text.toString();
        }
    },
    NETLINK("net/netlink") {
        @Override
        public String render(SandboxSockets sockets) {
            return NetlinkListing.of(sockets.netlinkPorts());
        }
    },
    DEVICES("net/dev") {
        @Override
        public String render(SandboxSockets sockets) {
            return "Inter-|   Receive                                                |  Transmit\n"
                    + " face |bytes    packets errs drop fifo frame compressed multicast|bytes"
                    + "    packets errs drop fifo colls carrier compressed\n"
                    + "    lo:       0       0    0    0    0     0          0         0"
                    + "        0       0    0    0    0     0       0          0\n";
        }
    },
    PROTOCOLS("net/protocols") {
        @Override
        public String render(SandboxSockets sockets) {
            return "protocol  size sockets  memory press maxhdr  slab module     "
                    + "cl co di ac io in de sh ss gs se re bi br ha uh gp em\n"
                    + protocol("UNIX-STREAM", 1152, "yes", 'y')
                    + protocol("UNIX", 1152, "yes", 'y')
                    + protocol("NETLINK", 1096, "no", 'n');
        }
    };

    private static final int SOME = 256;

    // __SO_ACCEPTCON, SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED: include/uapi/linux/net.h.
    private static final int ACCEPTS = 0x10000;
    private static final int UNCONNECTED = 1;
    private static final int CONNECTING = 2;
    private static final int CONNECTED = 3;

    private final String path;

    NetFile(String path) {
        this.path = path;
    }

    /** Below {@code /proc}. */
    public String path() {
        return path;
    }

    /** The whole text, as a guest string. */
    public abstract String render(SandboxSockets sockets);

    /** unix_seq_show(); no address of kernel memory is told. */
    private static void appendTo(StringBuilder text, Socket socket) {
        if (!(socket instanceof LocalSocket local)) {
            return;
        }
        int references = Math.max(1, socket.referenceCount()) + 1;
        int state = local.isConnected() ? CONNECTED : UNCONNECTED;
        append(text, socket, local, references, state, socket.inode().number());
        // What waits to be accepted has the name of its listener, and no number.
        for (int i = 0; i < local.pendingNumbers().size(); i++) {
            append(text, socket, local, 2, CONNECTING, 0);
        }
    }

    private static void append(
            StringBuilder text,
            Socket socket,
            LocalSocket local,
            int references,
            int state,
            long number) {
        boolean accepts = socket.isListening() && number != 0;
        text.append(
                String.format(
                        "%016X: %08X %08X %08X %04X %02X %5d",
                        0, references, 0, accepts ? ACCEPTS : 0, socket.type(), state, number));
        byte[] path = local.boundPath();
        if (path.length > 0) {
            String shown = new String(path, StandardCharsets.ISO_8859_1);
            boolean isAbstract = shown.charAt(0) == 0;
            String name = isAbstract ? shown : shown.substring(0, shown.length() - 1);
            text.append(' ').append(name.replace('\0', '@'));
        }
        text.append('\n');
    }

    private static String protocol(String name, int size, String slab, char closes) {
        return String.format(
                        "%-9s %4d %6d  %6d   %-3s %6d   %-3s  %-10s ",
                        name, size, 0, -1, "NI", 0, slab, "kernel")
                + " "
                + closes
                + "  n".repeat(17)
                + "\n";
    }
}
