package dev.moat.net;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.NetlinkConstants;
import dev.moat.api.namespace.Loopback;
import dev.moat.api.task.Task;
import dev.moat.net.netlink.LinkChange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Requests of netdevice(7) that sockets of all families answer, about the one device: dev_ioctl().
 * Those about addresses are answered by families of IP only, of which there are none.
 */
final class InterfaceRequests {
    /** {@code sizeof(struct ifreq)} and the place of what stands behind the name. */
    private static final int REQUEST_BYTES = 40;

    private static final int NAME_BYTES = 16;
    private static final int VALUE = 16;
    private static final int VALUE_BYTES = REQUEST_BYTES - VALUE;

    /** Flags that an {@code ifr_flags} has room for. */
    private static final int SHORT_FLAGS = 0xffff;

    private final Task task;
    private final SandboxSockets sockets;
    private final long userAddr;

    private InterfaceRequests(Task task, SandboxSockets sockets, long userAddr) {
        this.task = task;
        this.sockets = sockets;
        this.userAddr = userAddr;
    }

    /**
     * Answers a request.
     *
     * @throws dev.moat.abi.ErrnoException ENOTTY: it is none of these; ENODEV, EPERM, EFAULT,
     *     EOPNOTSUPP
     */
    static long handle(Task task, SandboxSockets sockets, int command, long userAddr) {
        new InterfaceRequests(task, sockets, userAddr).handle(command);
        return 0;
    }

    private void handle(int command) {
        switch (command) {
            // Only addresses would be told, and there are none: the length is that of no entry.
            case Ioctls.SIOCGIFCONF -> {
                task.user().copyIn(userAddr, 2 * Long.BYTES);
                task.user().writeInt(userAddr, 0);
            }
            case Ioctls.SIOCGIFNAME -> tellName();
            case Ioctls.SIOCGIFFLAGS -> tell(sockets.loopback().flags() & SHORT_FLAGS, Short.BYTES);
            case Ioctls.SIOCGIFMETRIC, Ioctls.SIOCGIFMAP -> tell(0, Integer.BYTES);
            case Ioctls.SIOCGIFMTU -> tell(Loopback.MTU_BYTES, Integer.BYTES);
            case Ioctls.SIOCGIFINDEX -> tell(Loopback.INDEX, Integer.BYTES);
            case Ioctls.SIOCGIFTXQLEN -> tell(Loopback.QUEUE_LENGTH, Integer.BYTES);
            // A sockaddr: the type of the device and an address of zeros.
            case Ioctls.SIOCGIFHWADDR -> tell(NetlinkConstants.ARPHRD_LOOPBACK, VALUE_BYTES);
            case Ioctls.SIOCSIFFLAGS -> setFlags();
            case Ioctls.SIOCETHTOOL -> {
                MemorySegment request = request();
                task.user().readInt(request.get(ValueLayout.JAVA_LONG_UNALIGNED, VALUE));
                checkName(request);
                throw Errno.EOPNOTSUPP.exception();
            }
            case Ioctls.SIOCSIFMETRIC,
                    Ioctls.SIOCSIFMTU,
                    Ioctls.SIOCSIFNAME,
                    Ioctls.SIOCSIFHWADDR,
                    Ioctls.SIOCADDMULTI,
                    Ioctls.SIOCDELMULTI,
                    Ioctls.SIOCSIFTXQLEN -> {
                MemorySegment request = request();
                checkAdministers();
                checkName(request);
                throw Errno.EOPNOTSUPP.exception();
            }
            default -> throw Errno.ENOTTY.exception();
        }
    }

    private MemorySegment request() {
        return MemorySegment.ofArray(task.user().copyIn(userAddr, REQUEST_BYTES));
    }

    /** Writes the first bytes behind the name; a map is longer, but all zeros. */
    private void tell(int value, int lengthBytes) {
        checkName(request());
        MemorySegment told = MemorySegment.ofArray(new byte[VALUE_BYTES]);
        told.set(ValueLayout.JAVA_INT_UNALIGNED, 0, value);
        task.user().copyOut(userAddr + VALUE, told, 0, lengthBytes);
    }

    private void tellName() {
        if (request().get(ValueLayout.JAVA_INT_UNALIGNED, VALUE) != Loopback.INDEX) {
            throw Errno.ENODEV.exception();
        }
        byte[] name = new byte[NAME_BYTES];
        byte[] text = Loopback.NAME.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(text, 0, name, 0, text.length);
        task.user().copyOut(userAddr, name);
    }

    private void setFlags() {
        MemorySegment request = request();
        checkAdministers();
        checkName(request);
        int flags = Short.toUnsignedInt(request.get(ValueLayout.JAVA_SHORT_UNALIGNED, VALUE));
        LinkChange.apply(sockets, flags, SHORT_FLAGS);
    }

    /** ENODEV; what stands behind a colon is the label of an address. */
    private static void checkName(MemorySegment request) {
        String name = "";
        for (int i = 0; i < NAME_BYTES - 1; i++) {
            char next = (char) (request.get(ValueLayout.JAVA_BYTE, i) & 0xff);
            if (next == 0 || next == ':') {
                break;
            }
            name += next;
        }
        if (!name.equals(Loopback.NAME)) {
            throw Errno.ENODEV.exception();
        }
    }

    private void checkAdministers() {
        if (!sockets.allows(task, Capabilities.CAP_NET_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }
}
