package dev.moat.net.netlink;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.NetlinkConstants;
import dev.moat.api.namespace.Loopback;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * NETLINK_ROUTE, rtnetlink(7): net/core/rtnetlink.c of a kernel without IP. There is the loopback
 * device, which can be set up and down; there are no addresses, routes, rules and neighbours.
 */
final class RouteFamily implements NetlinkFamily {
    /** RTM_MAX of include/uapi/linux/rtnetlink.h. */
    private static final int LAST_TYPE = 127;

    /** Which of four a type is: new, del, get, set. */
    private static final int KIND_MASK = 3;

    private static final int KIND_GET = 2;

    /** {@code sizeof(struct ifinfomsg)} and offsets in it. */
    private static final int LINK_BYTES = 16;

    private static final int INDEX = 4;
    private static final int FLAGS = 8;
    private static final int CHANGE = 12;

    /** IFNAMSIZ without the NUL. */
    private static final int NAME_BYTES = 15;

    /** What may stand beside a change of flags without asking for anything else. */
    private static final Set<Integer> HARMLESS =
            Set.of(
                    NetlinkConstants.IFLA_IFNAME,
                    NetlinkConstants.IFLA_ALT_IFNAME,
                    NetlinkConstants.IFLA_EXT_MASK);

    @Override
    public Outcome answer(Request request) {
        int type = request.header().type();
        if (type > LAST_TYPE) {
            throw Requests.unsupported();
        }
        if (request.body().length == 0) {
            // Not even a family: rtnetlink_rcv_msg().
            return Outcome.DONE;
        }
        int kind = type & KIND_MASK;
        boolean administers =
                request.socket().sockets().allows(request.task(), Capabilities.CAP_NET_ADMIN);
        if (kind != KIND_GET && !administers) {
            throw Errno.EPERM.exception();
        }
        if (kind == KIND_GET && request.header().has(NetlinkConstants.NLM_F_DUMP)) {
            return dump(request);
        }
        switch (type) {
            case NetlinkConstants.RTM_GETLINK -> tellLink(request);
            case NetlinkConstants.RTM_NEWLINK, NetlinkConstants.RTM_SETLINK -> change(request);
            case NetlinkConstants.RTM_DELLINK -> {
                requireLink(request, request.attributes(LINK_BYTES));
                throw Requests.unsupported();
            }
            default -> throw Requests.unsupported();
        }
        return Outcome.DONE;
    }

    private static Outcome dump(Request request) {
        byte[] piece =
                switch (request.header().type()) {
                    case NetlinkConstants.RTM_GETLINK ->
                            isWanted(request)
                                    ? link(request, NetlinkConstants.NLM_F_MULTI)
                                    : new byte[0];
                    case NetlinkConstants.RTM_GETADDR,
                            NetlinkConstants.RTM_GETROUTE,
                            NetlinkConstants.RTM_GETNEIGH,
                            NetlinkConstants.RTM_GETNEIGHTBL,
                            NetlinkConstants.RTM_GETRULE,
                            NetlinkConstants.RTM_GETQDISC,
                            NetlinkConstants.RTM_GETNETCONF,
                            NetlinkConstants.RTM_GETNSID ->
                            new byte[0];
                    default -> throw Requests.unsupported();
                };
        request.socket().begin(new ListDump(request.header().sequence(), piece));
        return Outcome.DUMPING;
    }

    private static byte[] link(Request request, int flags) {
        MessageBuilder message = request.answer(NetlinkConstants.RTM_NEWLINK, flags);
        return LinkMessage.fill(message, request.socket().sockets().loopback(), 0).finish();
    }

    /**
     * A device without a master and without a kind, if such are asked for: link_dump_filtered().
     */
    private static boolean isWanted(Request request) {
        Map<Integer, byte[]> attributes = request.attributes(LINK_BYTES);
        byte[] master = attributes.get(NetlinkConstants.IFLA_MASTER);
        byte[] info = attributes.get(NetlinkConstants.IFLA_LINKINFO);
        boolean ofKind =
                info != null
                        && Request.attributes(info, 0).containsKey(NetlinkConstants.IFLA_INFO_KIND);
        boolean ofMaster = master != null && !isZero(master);
        return !ofKind && !ofMaster;
    }

    private static boolean isZero(byte[] number) {
        for (byte each : number) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private static void tellLink(Request request) {
        requireLink(request, request.attributes(LINK_BYTES));
        request.socket().deliverFromKernel(link(request, 0), 0);
    }

    /** EINVAL: nothing is named; ENODEV: there is no such device. */
    private static void requireLink(Request request, Map<Integer, byte[]> attributes) {
        if (request.body().length < LINK_BYTES) {
            throw Errno.EINVAL.exception();
        }
        int index = request.number(INDEX);
        String name = name(attributes);
        if (index < 0 || index == 0 && name == null) {
            throw Errno.EINVAL.exception();
        }
        boolean known = index == 0 ? Loopback.NAME.equals(name) : index == Loopback.INDEX;
        if (!known) {
            throw Errno.ENODEV.exception();
        }
    }

    private static @Nullable String name(Map<Integer, byte[]> attributes) {
        byte[] given = attributes.get(NetlinkConstants.IFLA_IFNAME);
        if (given == null) {
            given = attributes.get(NetlinkConstants.IFLA_ALT_IFNAME);
        } else if (given.length > NAME_BYTES + 1) {
            throw Errno.EINVAL.exception();
        }
        if (given == null) {
            return null;
        }
        String name = new String(given, StandardCharsets.ISO_8859_1);
        int end = name.indexOf(0);
        return end < 0 ? name : name.substring(0, end);
    }

    /** Sets the device up or down; anything else is refused: do_setlink(). */
    private static void change(Request request) {
        Map<Integer, byte[]> attributes = request.attributes(LINK_BYTES);
        boolean creates =
                request.header().type() == NetlinkConstants.RTM_NEWLINK
                        && request.header().has(NetlinkConstants.NLM_F_CREATE);
        boolean names = request.number(INDEX) != 0 || name(attributes) != null;
        if (creates && (!names || request.number(INDEX) == 0 && !isLoopback(attributes))) {
            throw Requests.unsupported();
        }
        if (request.header().type() == NetlinkConstants.RTM_NEWLINK && !names) {
            throw (request.body().length < LINK_BYTES ? Errno.EINVAL : Errno.ENODEV).exception();
        }
        requireLink(request, attributes);
        if (request.header().type() == NetlinkConstants.RTM_NEWLINK) {
            if (request.header().has(NetlinkConstants.NLM_F_EXCL)) {
                throw Errno.EEXIST.exception();
            }
            if (request.header().has(NetlinkConstants.NLM_F_REPLACE)) {
                throw Requests.unsupported();
            }
        }
        if (!HARMLESS.containsAll(attributes.keySet())
                || request.number(INDEX) != 0
                        && name(attributes) != null
                        && !isLoopback(attributes)) {
            throw Requests.unsupported();
        }
        LinkChange.apply(request.socket().sockets(), request.number(FLAGS), request.number(CHANGE));
    }

    private static boolean isLoopback(Map<Integer, byte[]> attributes) {
        return Loopback.NAME.equals(name(attributes));
    }
}
