package dev.moat.net.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Timeval;
import dev.moat.abi.Ucred;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.net.Socket;
import dev.moat.net.SocketOptions;
import java.lang.foreign.MemorySegment;

/** {@code getsockopt(2)}, {@code setsockopt(2)} at level SOL_SOCKET, socket(7). */
final class SocketOptionCalls {
    private static final String NOTE =
            "SOL_SOCKET: buffers, timeouts, credentials and flags; filters, timestamps and marks give ENOPROTOOPT";

    @Syscall(nr = 54, name = "setsockopt", support = Support.PARTIAL, note = NOTE)
    long setsockopt(Task task, int fd, int level, int option, long valueUserAddr, int lengthBytes) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    if (lengthBytes < 0) {
                        throw Errno.EINVAL.exception();
                    }
                    if (level != SocketConstants.SOL_SOCKET) {
                        throw Errno.EOPNOTSUPP.exception();
                    }
                    set(task, socket.options(), option, valueUserAddr, lengthBytes);
                    return 0;
                });
    }

    private static void set(
            Task task, SocketOptions options, int option, long valueUserAddr, int lengthBytes) {
        if (lengthBytes < Integer.BYTES) {
            throw Errno.EINVAL.exception();
        }
        switch (option) {
            case SocketConstants.SO_RCVTIMEO, SocketConstants.SO_RCVTIMEO_NEW ->
                    options.setReceiveTimeoutNs(timeout(task, valueUserAddr, lengthBytes));
            case SocketConstants.SO_SNDTIMEO, SocketConstants.SO_SNDTIMEO_NEW ->
                    options.setSendTimeoutNs(timeout(task, valueUserAddr, lengthBytes));
            case SocketConstants.SO_LINGER -> {
                if (lengthBytes < Long.BYTES) {
                    throw Errno.EINVAL.exception();
                }
                options.setLinger(task.user().readLong(valueUserAddr));
            }
            case SocketConstants.SO_DEBUG -> {
                boolean on = task.user().readInt(valueUserAddr) != 0;
                if (on && !task.credentials().can(Capabilities.CAP_NET_ADMIN)) {
                    throw Errno.EACCES.exception();
                }
                options.setDebug(on);
            }
            default -> setNumber(options, option, task.user().readInt(valueUserAddr));
        }
    }

    private static void setNumber(SocketOptions options, int option, int value) {
        switch (option) {
            case SocketConstants.SO_SNDBUF -> options.setSendBufferBytes(value);
            case SocketConstants.SO_RCVBUF -> options.setReceiveBufferBytes(value);
            case SocketConstants.SO_PASSCRED -> options.setPassCredentials(value != 0);
            case SocketConstants.SO_REUSEADDR -> options.setReuseAddress(value != 0);
            case SocketConstants.SO_REUSEPORT -> options.setReusePort(value != 0);
            case SocketConstants.SO_KEEPALIVE -> options.setKeepAlive(value != 0);
            case SocketConstants.SO_BROADCAST -> options.setBroadcast(value != 0);
            case SocketConstants.SO_DONTROUTE -> options.setDontRoute(value != 0);
            case SocketConstants.SO_OOBINLINE -> options.setOutOfBandInline(value != 0);
            case SocketConstants.SO_RCVLOWAT -> options.setLowWater(value);
            case SocketConstants.SO_PRIORITY -> options.setPriority(value);
            default -> throw Errno.ENOPROTOOPT.exception();
        }
    }

    /** A zero timeout means none; EDOM for microseconds out of range. */
    private static long timeout(Task task, long userAddr, int lengthBytes) {
        if (lengthBytes < Timeval.SIZE) {
            throw Errno.EINVAL.exception();
        }
        MemorySegment value =
                MemorySegment.ofArray(task.user().copyIn(userAddr, (int) Timeval.SIZE));
        long seconds = value.get(JAVA_LONG_UNALIGNED, 0);
        long micros = value.get(JAVA_LONG_UNALIGNED, Long.BYTES);
        if (micros < 0 || micros >= 1_000_000) {
            throw Errno.EDOM.exception();
        }
        if (seconds == 0 && micros == 0 || seconds > 1L << 32) {
            return Blocker.FOREVER;
        }
        return seconds < 0 ? 0 : seconds * 1_000_000_000L + micros * 1000;
    }

    @Syscall(nr = 55, name = "getsockopt", support = Support.PARTIAL, note = NOTE)
    long getsockopt(
            Task task, int fd, int level, int option, long valueUserAddr, long lengthUserAddr) {
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    if (level != SocketConstants.SOL_SOCKET) {
                        throw Errno.EOPNOTSUPP.exception();
                    }
                    int room = task.user().readInt(lengthUserAddr);
                    if (room < 0) {
                        throw Errno.EINVAL.exception();
                    }
                    byte[] value = value(task, socket, option);
                    int length = Math.min(room, value.length);
                    task.user().copyOut(valueUserAddr, MemorySegment.ofArray(value), 0, length);
                    task.user().writeInt(lengthUserAddr, length);
                    return 0;
                });
    }

    private static byte[] value(Task task, Socket socket, int option) {
        SocketOptions options = socket.options();
        return switch (option) {
            case SocketConstants.SO_TYPE -> number(socket.type());
            case SocketConstants.SO_DOMAIN -> number(socket.family());
            case SocketConstants.SO_PROTOCOL -> number(socket.protocol());
            case SocketConstants.SO_ERROR -> number(socket.takeError());
            case SocketConstants.SO_ACCEPTCONN -> flag(socket.isListening());
            case SocketConstants.SO_SNDBUF -> number(options.sendBufferBytes());
            case SocketConstants.SO_RCVBUF -> number(options.receiveBufferBytes());
            case SocketConstants.SO_PASSCRED -> flag(options.passCredentials());
            case SocketConstants.SO_REUSEADDR -> flag(options.reuseAddress());
            case SocketConstants.SO_REUSEPORT -> flag(options.reusePort());
            case SocketConstants.SO_KEEPALIVE -> flag(options.keepAlive());
            case SocketConstants.SO_BROADCAST -> flag(options.broadcast());
            case SocketConstants.SO_DEBUG -> flag(options.debug());
            case SocketConstants.SO_DONTROUTE -> flag(options.dontRoute());
            case SocketConstants.SO_OOBINLINE -> flag(options.outOfBandInline());
            case SocketConstants.SO_RCVLOWAT -> number(options.lowWater());
            case SocketConstants.SO_SNDLOWAT -> number(1);
            case SocketConstants.SO_PRIORITY -> number(options.priority());
            case SocketConstants.SO_LINGER -> linger(options.linger());
            case SocketConstants.SO_RCVTIMEO, SocketConstants.SO_RCVTIMEO_NEW ->
                    time(options.receiveTimeoutNs());
            case SocketConstants.SO_SNDTIMEO, SocketConstants.SO_SNDTIMEO_NEW ->
                    time(options.sendTimeoutNs());
            case SocketConstants.SO_PEERCRED -> credentials(task, socket.peerCredentials());
            default -> throw Errno.ENOPROTOOPT.exception();
        };
    }

    private static byte[] flag(boolean on) {
        return number(on ? 1 : 0);
    }

    private static byte[] number(int value) {
        byte[] bytes = new byte[Integer.BYTES];
        MemorySegment.ofArray(bytes).set(JAVA_INT_UNALIGNED, 0, value);
        return bytes;
    }

    private static byte[] linger(long value) {
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

    private static byte[] credentials(Task task, Ucred credentials) {
        byte[] bytes = new byte[(int) Ucred.SIZE];
        int pid = task.pids().seen(credentials.pid());
        UserView space = task.credentials().space();
        int uid = space.seenUid(credentials.uid());
        new Ucred(pid, uid, space.seenGid(credentials.gid()))
                .writeTo(MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
