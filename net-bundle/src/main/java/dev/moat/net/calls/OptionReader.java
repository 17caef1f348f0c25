package dev.moat.net.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Timeval;
import dev.moat.abi.Ucred;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.net.PeerProcess;
import dev.moat.net.Socket;
import dev.moat.net.SocketOptions;
import dev.moat.net.SocketOptions.Stamps;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options of SOL_SOCKET that are asked for: sk_getsockopt() in net/core/sock.c. */
final class OptionReader {
    private final Task task;
    private final Socket socket;
    private final SocketOptions options;

    OptionReader(Task task, Socket socket) {
        this.task = task;
        this.socket = socket;
        this.options = socket.options();
    }

    /**
     * Copies a value out, cut to the room that the guest has, and tells its length.
     *
     * @throws dev.moat.abi.ErrnoException ENOPROTOOPT: there is none or it cannot be asked for;
     *     EINVAL, EFAULT, ENODATA, ERANGE...
     */
    void read(int option, long userAddr, long lengthUserAddr) {
        int room = task.user().readInt(lengthUserAddr);
        if (room < 0) {
            throw Errno.EINVAL.exception();
        }
        if (option == SocketConstants.SO_PEERGROUPS) {
            readGroups(userAddr, lengthUserAddr, room);
            return;
        }
        if (option == SocketConstants.SO_GET_FILTER) {
            int count = FilterOptions.read(task, socket, userAddr, room);
            task.user().writeInt(lengthUserAddr, count);
            return;
        }
        OptionSetter.checkFamily(socket, option);
        byte[] value = value(option, room);
        int length = Math.min(room, value.length);
        task.user().copyOut(userAddr, MemorySegment.ofArray(value), 0, length);
        task.user().writeInt(lengthUserAddr, length);
    }

    private byte[] value(int option, int room) {
        return switch (option) {
            case SocketConstants.SO_TYPE -> number(socket.type());
            case SocketConstants.SO_DOMAIN -> number(socket.family());
            case SocketConstants.SO_PROTOCOL -> number(socket.protocol());
            case SocketConstants.SO_ERROR -> number(socket.takeError());
            case SocketConstants.SO_ACCEPTCONN -> flag(socket.isListening());
            case SocketConstants.SO_SNDBUF -> number(options.sendBufferBytes());
            case SocketConstants.SO_RCVBUF -> number(options.receiveBufferBytes());
            case SocketConstants.SO_PASSCRED -> flag(options.passCredentials());
            case SocketConstants.SO_PASSRIGHTS -> flag(options.passRights());
            case SocketConstants.SO_REUSEADDR -> flag(options.reuseAddress());
            case SocketConstants.SO_KEEPALIVE -> flag(options.keepAlive());
            case SocketConstants.SO_BROADCAST -> flag(options.broadcast());
            case SocketConstants.SO_DEBUG -> flag(options.debug());
            case SocketConstants.SO_DONTROUTE -> flag(options.dontRoute());
            case SocketConstants.SO_OOBINLINE -> flag(options.outOfBandInline());
            case SocketConstants.SO_RCVLOWAT -> number(options.lowWater());
            case SocketConstants.SO_SNDLOWAT -> number(1);
            case SocketConstants.SO_PRIORITY -> number(options.priority());
            case SocketConstants.SO_PEEK_OFF -> number(options.peekOffset());
            case SocketConstants.SO_LINGER -> number(options.linger());
            case SocketConstants.SO_RCVTIMEO, SocketConstants.SO_RCVTIMEO_NEW ->
                    time(options.receiveTimeoutNs());
            case SocketConstants.SO_SNDTIMEO, SocketConstants.SO_SNDTIMEO_NEW ->
                    time(options.sendTimeoutNs());
            case SocketConstants.SO_PEERCRED -> credentials(socket.peerCredentials());
            case SocketConstants.SO_PEERPIDFD -> number(peerDescriptor());
            default -> rarer(option, room);
        };
    }

    private byte[] rarer(int option, int room) {
        return switch (option) {
            case SocketConstants.SO_NO_CHECK,
                    SocketConstants.SO_PASSSEC,
                    SocketConstants.SO_PASSPIDFD,
                    SocketConstants.SO_RXQ_OVFL,
                    SocketConstants.SO_WIFI_STATUS,
                    SocketConstants.SO_NOFCS,
                    SocketConstants.SO_SELECT_ERR_QUEUE,
                    SocketConstants.SO_RCVMARK,
                    SocketConstants.SO_RCVPRIORITY,
                    SocketConstants.SO_MARK,
                    SocketConstants.SO_LOCK_FILTER,
                    SocketConstants.SO_BUSY_POLL,
                    SocketConstants.SO_PREFER_BUSY_POLL,
                    SocketConstants.SO_BINDTOIFINDEX ->
                    number(options.kept(option));
            case SocketConstants.SO_INCOMING_CPU -> number(~options.kept(option));
            case SocketConstants.SO_BSDCOMPAT,
                    SocketConstants.SO_REUSEPORT,
                    SocketConstants.SO_ZEROCOPY,
                    SocketConstants.SO_RESERVE_MEM,
                    SocketConstants.SO_INCOMING_NAPI_ID ->
                    number(0);
            case SocketConstants.SO_BUF_LOCK -> number(options.bufferLock());
            case SocketConstants.SO_BPF_EXTENSIONS -> number(SocketConstants.SKF_AD_MAX);
            case SocketConstants.SO_TIMESTAMP -> stamps(Stamps.MICROSECONDS, false);
            case SocketConstants.SO_TIMESTAMPNS -> stamps(Stamps.NANOSECONDS, false);
            case SocketConstants.SO_TIMESTAMP_NEW ->
                    flag(options.stamps() != Stamps.NONE && options.newStamps());
            case SocketConstants.SO_TIMESTAMPNS_NEW -> stamps(Stamps.NANOSECONDS, true);
            case SocketConstants.SO_TIMESTAMPING -> number(options.timestamping());
            case SocketConstants.SO_TIMESTAMPING_NEW ->
                    number(options.newStamps() ? options.timestamping() : 0L);
            case SocketConstants.SO_MAX_PACING_RATE ->
                    room >= Long.BYTES ? number(options.pacingRate()) : pacingRate();
            case SocketConstants.SO_TXTIME -> number(options.transmitTime());
            case SocketConstants.SO_MEMINFO -> memory();
            case SocketConstants.SO_COOKIE -> {
                need(room >= Long.BYTES);
                yield number(socket.inode().number());
            }
            case SocketConstants.SO_NETNS_COOKIE -> {
                need(room == Long.BYTES);
                yield number(task.namespaces().get(NamespaceKind.NET).number());
            }
            case SocketConstants.SO_BINDTODEVICE -> {
                if (options.kept(SocketConstants.SO_BINDTOIFINDEX) != 0) {
                    throw Errno.ENODEV.exception();
                }
                yield new byte[0];
            }
            case SocketConstants.SO_PEERNAME -> peerName(room);
            case SocketConstants.SO_TXREHASH -> throw Errno.EOPNOTSUPP.exception();
            default -> throw Errno.ENOPROTOOPT.exception();
        };
    }

    private byte[] stamps(Stamps kind, boolean newLayout) {
        return flag(options.stamps() == kind && options.newStamps() == newLayout);
    }

    private byte[] pacingRate() {
        boolean large = Long.compareUnsigned(options.pacingRate(), 0xffff_ffffL) > 0;
        return number(large ? -1 : (int) options.pacingRate());
    }

    private byte[] memory() {
        int[] inUse = socket.memoryInUse();
        byte[] bytes = new byte[inUse.length * Integer.BYTES];
        MemorySegment.ofArray(bytes).copyFrom(MemorySegment.ofArray(inUse));
        return bytes;
    }

    /** EINVAL for more room than the name needs: the check of sk_getsockopt(). */
    private byte[] peerName(int room) {
        byte[] name = socket.peerAddress();
        need(room <= name.length);
        return name;
    }

    private int peerDescriptor() {
        PeerProcess peer = peer();
        return task.files().install(task, task.sandbox().tasks().processFile(peer.group()), true);
    }

    private PeerProcess peer() {
        @Nullable PeerProcess peer = socket.peerProcess();
        if (peer == null) {
            throw Errno.ENODATA.exception();
        }
        return peer;
    }

    /** ERANGE, with the length that is needed, if there is not enough room. */
    private void readGroups(long userAddr, long lengthUserAddr, int room) {
        List<Integer> groups = peer().groups();
        int needed = groups.size() * Integer.BYTES;
        task.user().writeInt(lengthUserAddr, needed);
        if (room < needed) {
            throw Errno.ERANGE.exception();
        }
        MemorySegment values = MemorySegment.ofArray(new byte[needed]);
        for (int i = 0; i < groups.size(); i++) {
            int seen = task.credentials().space().seenGid(groups.get(i));
            values.setAtIndex(JAVA_INT_UNALIGNED, i, seen);
        }
        task.user().copyOut(userAddr, values, 0, needed);
    }

    private byte[] credentials(Ucred credentials) {
        byte[] bytes = new byte[(int) Ucred.SIZE];
        int pid = task.pids().seen(credentials.pid());
        UserView space = task.credentials().space();
        int uid = space.seenUid(credentials.uid());
        new Ucred(pid, uid, space.seenGid(credentials.gid()))
                .writeTo(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }

    private static void need(boolean valid) {
        if (!valid) {
            throw Errno.EINVAL.exception();
        }
    }

    private static byte[] flag(boolean on) {
        return number(on ? 1 : 0);
    }

    private static byte[] number(int value) {
        byte[] bytes = new byte[Integer.BYTES];
        MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, 0, value);
        return bytes;
    }

    private static byte[] number(long value) {
        byte[] bytes = new byte[Long.BYTES];
        MemorySegment.ofArray(bytes).set(JAVA_LONG_UNALIGNED, 0, value);
        return bytes;
    }

    private static byte[] time(long timeoutNs) {
        byte[] bytes = new byte[(int) Timeval.SIZE];
        if (timeoutNs != Blocker.FOREVER) {
            MemorySegment segment = MemorySegment.ofArray(bytes);
            segment.set(JAVA_LONG_UNALIGNED, 0, timeoutNs / 1_000_000_000L);
            segment.set(JAVA_LONG_UNALIGNED, Long.BYTES, timeoutNs % 1_000_000_000L / 1000);
        }
        return bytes;
    }
}
