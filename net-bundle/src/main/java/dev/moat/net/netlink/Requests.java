package dev.moat.net.netlink;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.NetlinkConstants;
import dev.moat.api.task.Task;
import java.util.Arrays;

/** Goes through the messages of a datagram to the kernel: netlink_rcv_skb(). */
final class Requests {
    private Requests() {}

    static void handle(Task task, NetlinkSocket socket, byte[] data, NetlinkFamily family) {
        int at = 0;
        while (data.length - at >= NetlinkHeader.SIZE) {
            NetlinkHeader header = NetlinkHeader.read(data, at);
            int length = header.lengthBytes();
            if (length < NetlinkHeader.SIZE || length > data.length - at) {
                return;
            }
            byte[] body = Arrays.copyOfRange(data, at + NetlinkHeader.SIZE, at + length);
            handle(new Request(task, socket, header, body), family);
            at += Math.min(NetlinkHeader.align(length), data.length - at);
        }
    }

    private static void handle(Request request, NetlinkFamily family) {
        NetlinkHeader header = request.header();
        int error = 0;
        boolean control =
                !header.has(NetlinkConstants.NLM_F_REQUEST)
                        || header.type() < NetlinkConstants.NLMSG_MIN_TYPE;
        if (!control) {
            try {
                if (family.answer(request) == NetlinkFamily.Outcome.DUMPING) {
                    return;
                }
            } catch (ErrnoException e) {
                error = e.errno().number();
            }
        }
        if (error != 0 || header.has(NetlinkConstants.NLM_F_ACK)) {
            request.socket().deliverFromKernel(acknowledgement(request, error), 0);
        }
    }

    /** netlink_ack(): a refused message is told in whole, unless its sender wants the head only. */
    private static byte[] acknowledgement(Request request, int error) {
        boolean capped = error == 0 || request.socket().isOn(NetlinkConstants.NETLINK_CAP_ACK);
        NetlinkHeader header = request.header();
        MessageBuilder answer =
                request.answer(
                                NetlinkConstants.NLMSG_ERROR,
                                capped ? NetlinkConstants.NLM_F_CAPPED : 0)
                        .number(-error)
                        .number(header.lengthBytes())
                        .half(header.type())
                        .half(header.flags())
                        .number(header.sequence())
                        .number(header.port());
        if (!capped) {
            answer.raw(request.body());
        }
        return answer.finish();
    }

    /** For requests that no family knows. */
    static ErrnoException unsupported() {
        return Errno.EOPNOTSUPP.exception();
    }
}
