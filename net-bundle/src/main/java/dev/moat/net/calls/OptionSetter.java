package dev.moat.net.calls;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Timeval;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.net.Socket;
import dev.moat.net.SocketOptions;
import dev.moat.net.SocketOptions.Stamps;
import java.lang.foreign.MemorySegment;

/** Options of SOL_SOCKET that are set: sk_setsockopt() in net/core/sock.c. */
final class OptionSetter {
    /** IFNAMSIZ, include/uapi/linux/if.h. */
    private static final int DEVICE_NAME_BYTES = 16;

    /** Priorities that anybody may choose, socket(7). */
    private static final int MAX_PRIORITY = 6;

    private static final int TXTIME_FLAGS = 3;
    private static final int MAX_BUDGET = 0xffff;

    private final Task task;
    private final Socket socket;
    private final SocketOptions options;

    OptionSetter(Task task, Socket socket) {
        this.task = task;
        this.socket = socket;
        this.options = socket.options();
    }

    /**
     * Sets one option.
     *
     * @throws dev.moat.abi.ErrnoException ENOPROTOOPT: there is none or it cannot be set; EINVAL,
     *     EFAULT, EPERM...
     */
    void set(int option, long userAddr, int lengthBytes) {
        if (option == SocketConstants.SO_BINDTODEVICE) {
            bindToDevice(userAddr, lengthBytes);
            return;
        }
        if (lengthBytes < Integer.BYTES) {
            throw Errno.EINVAL.exception();
        }
        int value = task.user().readInt(userAddr);
        checkFamily(socket, option);
        switch (option) {
            case SocketConstants.SO_RCVTIMEO, SocketConstants.SO_RCVTIMEO_NEW ->
                    options.setReceiveTimeoutNs(timeout(userAddr, lengthBytes));
            case SocketConstants.SO_SNDTIMEO, SocketConstants.SO_SNDTIMEO_NEW ->
                    options.setSendTimeoutNs(timeout(userAddr, lengthBytes));
            case SocketConstants.SO_LINGER ->
                    options.setLinger(readLong(userAddr, lengthBytes, Long.BYTES));
            case SocketConstants.SO_MAX_PACING_RATE ->
                    options.setPacingRate(pacingRate(value, userAddr, lengthBytes));
            case SocketConstants.SO_TXTIME -> setTransmitTime(userAddr, lengthBytes);
            case SocketConstants.SO_TIMESTAMPING, SocketConstants.SO_TIMESTAMPING_NEW ->
                    setTimestamping(
                            lengthBytes == Long.BYTES
                                    ? task.user().readLong(userAddr)
                                    : Integer.toUnsignedLong(value),
                            option == SocketConstants.SO_TIMESTAMPING_NEW);
            case SocketConstants.SO_ATTACH_FILTER ->
                    FilterOptions.attach(task, socket, userAddr, lengthBytes);
            case SocketConstants.SO_ATTACH_REUSEPORT_CBPF ->
                    FilterOptions.attachToGroup(task, socket, userAddr, lengthBytes);
            case SocketConstants.SO_ATTACH_BPF, SocketConstants.SO_ATTACH_REUSEPORT_EBPF ->
                    FilterOptions.attachExtended(task, socket, value, lengthBytes);
            case SocketConstants.SO_INQ -> setQueueLength(value, lengthBytes);
            default -> setNumber(option, value);
        }
    }

    /**
     * EOPNOTSUPP for what local sockets alone have: an offset of MSG_PEEK, open files and senders
     * that come along.
     */
    static void checkFamily(Socket socket, int option) {
        boolean local =
                option == SocketConstants.SO_PEEK_OFF
                        || option == SocketConstants.SO_PASSPIDFD
                        || option == SocketConstants.SO_PASSRIGHTS;
        if (local && socket.family() != SocketConstants.AF_UNIX) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    private void setNumber(int option, int value) {
        boolean on = value != 0;
        switch (option) {
            case SocketConstants.SO_DEBUG -> {
                if (on && !task.credentials().can(Capabilities.CAP_NET_ADMIN)) {
                    throw Errno.EACCES.exception();
                }
                options.setDebug(on);
            }
            case SocketConstants.SO_SNDBUF -> options.setSendBufferBytes(value);
            case SocketConstants.SO_RCVBUF -> options.setReceiveBufferBytes(value);
            case SocketConstants.SO_SNDBUFFORCE -> {
                need(Capabilities.CAP_NET_ADMIN);
                options.forceSendBufferBytes(value);
            }
            case SocketConstants.SO_RCVBUFFORCE -> {
                need(Capabilities.CAP_NET_ADMIN);
                options.forceReceiveBufferBytes(value);
            }
            case SocketConstants.SO_PASSCRED -> options.setPassCredentials(on);
            case SocketConstants.SO_PASSRIGHTS -> options.setPassRights(on);
            case SocketConstants.SO_REUSEADDR -> options.setReuseAddress(on);
            case SocketConstants.SO_KEEPALIVE -> options.setKeepAlive(on);
            case SocketConstants.SO_BROADCAST -> options.setBroadcast(on);
            case SocketConstants.SO_DONTROUTE -> options.setDontRoute(on);
            case SocketConstants.SO_OOBINLINE -> options.setOutOfBandInline(on);
            case SocketConstants.SO_RCVLOWAT -> options.setLowWater(value);
            case SocketConstants.SO_PEEK_OFF -> options.setPeekOffset(value);
            case SocketConstants.SO_PRIORITY -> {
                if ((value < 0 || value > MAX_PRIORITY) && !administers()) {
                    throw Errno.EPERM.exception();
                }
                options.setPriority(value);
            }
            case SocketConstants.SO_TIMESTAMP ->
                    options.setStamps(on ? Stamps.MICROSECONDS : Stamps.NONE, false);
            case SocketConstants.SO_TIMESTAMPNS ->
                    options.setStamps(on ? Stamps.NANOSECONDS : Stamps.NONE, false);
            case SocketConstants.SO_TIMESTAMP_NEW ->
                    options.setStamps(on ? Stamps.MICROSECONDS : Stamps.NONE, true);
            case SocketConstants.SO_TIMESTAMPNS_NEW ->
                    options.setStamps(on ? Stamps.NANOSECONDS : Stamps.NONE, true);
            case SocketConstants.SO_BUF_LOCK -> {
                check((value & ~3) == 0);
                options.setBufferLock(value);
            }
            default -> keep(option, value);
        }
    }

    /** Options that local sockets keep but do not heed, and those that they refuse. */
    private void keep(int option, int value) {
        boolean on = value != 0;
        switch (option) {
            case SocketConstants.SO_NO_CHECK,
                    SocketConstants.SO_PASSSEC,
                    SocketConstants.SO_PASSPIDFD,
                    SocketConstants.SO_RXQ_OVFL,
                    SocketConstants.SO_WIFI_STATUS,
                    SocketConstants.SO_NOFCS,
                    SocketConstants.SO_SELECT_ERR_QUEUE,
                    SocketConstants.SO_RCVMARK,
                    SocketConstants.SO_RCVPRIORITY ->
                    options.keep(option, on ? 1 : 0);
            case SocketConstants.SO_BSDCOMPAT, SocketConstants.SO_CNX_ADVICE -> {
                // Accepted for old programs; advice is about routes.
            }
            case SocketConstants.SO_MARK -> {
                if (!administers()) {
                    throw Errno.EPERM.exception();
                }
                options.keep(option, value);
            }
            case SocketConstants.SO_INCOMING_CPU -> options.keep(option, ~value);
            case SocketConstants.SO_BUSY_POLL -> {
                check(value >= 0);
                options.keep(option, value);
            }
            case SocketConstants.SO_PREFER_BUSY_POLL -> {
                if (on) {
                    need(Capabilities.CAP_NET_ADMIN);
                }
                options.keep(option, on ? 1 : 0);
            }
            case SocketConstants.SO_BUSY_POLL_BUDGET -> {
                if (value > options.kept(option)) {
                    need(Capabilities.CAP_NET_ADMIN);
                }
                check(value >= 0 && value <= MAX_BUDGET);
                options.keep(option, value);
            }
            case SocketConstants.SO_BINDTOIFINDEX -> {
                if (options.kept(option) != 0) {
                    need(Capabilities.CAP_NET_RAW);
                }
                check(value >= 0);
                options.keep(option, value);
            }
            case SocketConstants.SO_REUSEPORT -> {
                if (on) {
                    throw Errno.EOPNOTSUPP.exception();
                }
            }
            case SocketConstants.SO_RESERVE_MEM -> {
                check(value >= 0);
                throw Errno.EOPNOTSUPP.exception();
            }
            case SocketConstants.SO_ZEROCOPY, SocketConstants.SO_TXREHASH ->
                    throw Errno.EOPNOTSUPP.exception();
            case SocketConstants.SO_DEVMEM_DONTNEED -> throw Errno.EBADF.exception();
            case SocketConstants.SO_LOCK_FILTER -> FilterOptions.lock(options, on);
            case SocketConstants.SO_DETACH_FILTER -> FilterOptions.detach(socket);
            case SocketConstants.SO_DETACH_REUSEPORT_BPF -> throw Errno.EINVAL.exception();
            default -> throw Errno.ENOPROTOOPT.exception();
        }
    }

    private void bindToDevice(long userAddr, int lengthBytes) {
        byte[] name = task.user().copyIn(userAddr, Math.min(lengthBytes, DEVICE_NAME_BYTES - 1));
        if (name.length > 0 && name[0] != 0) {
            throw Errno.ENODEV.exception();
        }
        keep(SocketConstants.SO_BINDTOIFINDEX, 0);
    }

    private void setTransmitTime(long userAddr, int lengthBytes) {
        check(lengthBytes == Long.BYTES);
        long value = task.user().readLong(userAddr);
        check((value >>> 32 & ~TXTIME_FLAGS) == 0);
        if ((int) value != Clocks.CLOCK_MONOTONIC) {
            need(Capabilities.CAP_NET_ADMIN);
        }
        options.setTransmitTime(value);
    }

    /** sock_set_timestamping(). */
    private void setTimestamping(long value, boolean newLayout) {
        int flags = (int) value;
        check((flags & ~SocketConstants.SOF_TIMESTAMPING_MASK) == 0);
        check(
                has(flags, SocketConstants.SOF_TIMESTAMPING_OPT_ID)
                        || !has(flags, SocketConstants.SOF_TIMESTAMPING_OPT_ID_TCP));
        check(
                has(flags, SocketConstants.SOF_TIMESTAMPING_OPT_TSONLY)
                        || !has(flags, SocketConstants.SOF_TIMESTAMPING_OPT_STATS));
        if (has(flags, SocketConstants.SOF_TIMESTAMPING_BIND_PHC)) {
            throw Errno.EOPNOTSUPP.exception();
        }
        options.setTimestamping(value & 0xffff_ffffL, newLayout);
    }

    private static boolean has(int flags, int flag) {
        return (flags & flag) != 0;
    }

    /** unix_setsockopt(): streams only. */
    private void setQueueLength(int value, int lengthBytes) {
        if (socket.type() != SocketConstants.SOCK_STREAM) {
            throw Errno.ENOPROTOOPT.exception();
        }
        check(lengthBytes == Integer.BYTES && (value == 0 || value == 1));
        options.keep(SocketConstants.SO_INQ, value);
    }

    private long pacingRate(int value, long userAddr, int lengthBytes) {
        if (lengthBytes >= Long.BYTES) {
            return task.user().readLong(userAddr);
        }
        return value == -1 ? -1 : Integer.toUnsignedLong(value);
    }

    private long readLong(long userAddr, int lengthBytes, int neededBytes) {
        check(lengthBytes >= neededBytes);
        return task.user().readLong(userAddr);
    }

    /** A zero timeout means none; EDOM for microseconds out of range. */
    private long timeout(long userAddr, int lengthBytes) {
        check(lengthBytes >= Timeval.SIZE);
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

    private boolean administers() {
        return task.credentials().can(Capabilities.CAP_NET_RAW)
                || task.credentials().can(Capabilities.CAP_NET_ADMIN);
    }

    private void need(int capability) {
        if (!task.credentials().can(capability)) {
            throw Errno.EPERM.exception();
        }
    }

    private static void check(boolean valid) {
        if (!valid) {
            throw Errno.EINVAL.exception();
        }
    }
}
