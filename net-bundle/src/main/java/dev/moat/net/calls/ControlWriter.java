package dev.moat.net.calls;

import dev.moat.abi.Cmsghdr;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.NetlinkConstants;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.Socket;
import dev.moat.net.SocketOptions;
import dev.moat.net.SocketOptions.Stamps;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the control part of a message that was received; what finds no room is dropped with
 * MSG_CTRUNC.
 */
final class ControlWriter {
    private final Task task;
    private final long userAddr;
    private final long roomBytes;
    private long used;
    private int flags;

    ControlWriter(Task task, MsgHdr header) {
        this.task = task;
        this.userAddr = header.control();
        this.roomBytes = header.control() == 0 ? 0 : Math.max(0, header.controlLengthBytes());
    }

    /** Writes what the socket wants to be told, and installs the open files. */
    void write(Socket socket, ReceivedMessage message, boolean closeOnExec) {
        @Nullable Ucred sender = message.credentials();
        SocketOptions options = socket.options();
        if (socket.family() == SocketConstants.AF_NETLINK) {
            // Which nobody but netlink sockets knows: NETLINK_PKTINFO.
            if (socket.tellsGroups() && sender != null) {
                writeMessage(
                        SocketConstants.SOL_NETLINK,
                        NetlinkConstants.NETLINK_PKTINFO,
                        number(message.group()));
            }
        } else if (socket.type() != SocketConstants.SOCK_STREAM && sender != null) {
            writeTimes(options, message.arrivalNs());
        }
        if (socket.options().passCredentials() && sender != null) {
            writeCredentials(sender);
        }
        if (!message.rights().isEmpty()) {
            writeRights(message.rights(), closeOnExec);
        }
        @Nullable ThreadGroup process = message.process();
        if (options.kept(SocketConstants.SO_PASSPIDFD) != 0 && process != null) {
            writeProcess(process);
        }
        boolean tellsLength = options.kept(SocketConstants.SO_INQ) != 0 && sender != null;
        if (tellsLength && socket.type() == SocketConstants.SOCK_STREAM) {
            writeMessage(SocketConstants.SCM_INQ, number(socket.waitingBytes()));
        }
    }

    /** As __sock_recv_timestamp(): the software time, in the layout that was chosen. */
    private void writeTimes(SocketOptions options, long notedNs) {
        Stamps kind = options.stamps();
        if (kind == Stamps.NONE) {
            return;
        }
        long timeNs = notedNs == 0 ? task.sandbox().clock().realtimeNs() : notedNs;
        long seconds = Math.floorDiv(timeNs, 1_000_000_000L);
        long rest = Math.floorMod(timeNs, 1_000_000_000L);
        boolean micros = kind == Stamps.MICROSECONDS;
        writeMessage(
                stampType(micros, options.newStamps()),
                times(2, seconds, micros ? rest / 1000 : rest));
        boolean software =
                (options.timestamping() & SocketConstants.SOF_TIMESTAMPING_SOFTWARE) != 0;
        if (software) {
            int type =
                    options.newStamps()
                            ? SocketConstants.SO_TIMESTAMPING_NEW
                            : SocketConstants.SO_TIMESTAMPING;
            writeMessage(type, times(6, seconds, rest));
        }
    }

    private static int stampType(boolean micros, boolean newLayout) {
        if (micros) {
            return newLayout ? SocketConstants.SO_TIMESTAMP_NEW : SocketConstants.SO_TIMESTAMP;
        }
        return newLayout ? SocketConstants.SO_TIMESTAMPNS_NEW : SocketConstants.SO_TIMESTAMPNS;
    }

    /** So many longs, the first two of them given. */
    private static byte[] times(int longs, long seconds, long rest) {
        byte[] bytes = new byte[longs * Long.BYTES];
        MemorySegment values = MemorySegment.ofArray(bytes);
        values.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, seconds);
        values.set(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES, rest);
        return bytes;
    }

    /** The sender as a descriptor; dropped with MSG_CTRUNC if there is no room for it. */
    private void writeProcess(ThreadGroup process) {
        if (roomBytes - used < Cmsghdr.SIZE + Integer.BYTES) {
            flags |= SocketConstants.MSG_CTRUNC;
            return;
        }
        int fd;
        try {
            fd = task.files().install(task, task.sandbox().tasks().processFile(process), true);
        } catch (ErrnoException full) {
            // Linux tells the error in place of the descriptor: scm_pidfd_recv().
            fd = (int) full.errno().negated();
        }
        writeMessage(SocketConstants.SCM_PIDFD, number(fd));
    }

    private static byte[] number(int value) {
        byte[] bytes = new byte[Integer.BYTES];
        MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_INT_UNALIGNED, 0, value);
        return bytes;
    }

    /** MSG_CTRUNC or 0. */
    int flags() {
        return flags;
    }

    /** What msg_controllen shall say. */
    long lengthBytes() {
        return used;
    }

    private void writeCredentials(Ucred sender) {
        byte[] data = new byte[(int) Ucred.SIZE];
        int pid = task.pids().seen(sender.pid());
        UserView space = task.credentials().space();
        int uid = space.seenUid(sender.uid());
        new Ucred(pid, uid, space.seenGid(sender.gid())).writeTo(MemorySegment.ofArray(data), 0);
        writeMessage(SocketConstants.SCM_CREDENTIALS, data);
    }

    private void writeRights(List<FileDescription> files, boolean closeOnExec) {
        long room = roomBytes - used - Cmsghdr.SIZE;
        int fitting = Math.clamp(room / Integer.BYTES, 0, files.size());
        byte[] numbers = new byte[fitting * Integer.BYTES];
        int installed = 0;
        for (FileDescription file : files) {
            if (installed == fitting) {
                file.release();
                continue;
            }
            try {
                int fd = task.files().install(task, file, closeOnExec);
                MemorySegment.ofArray(numbers)
                        .set(ValueLayout.JAVA_INT_UNALIGNED, (long) installed * Integer.BYTES, fd);
                installed++;
            } catch (ErrnoException full) {
                // The table released it; what comes behind is dropped, too: scm_detach_fds in
                // net/core/scm.c.
                fitting = installed;
            }
        }
        if (installed < files.size()) {
            flags |= SocketConstants.MSG_CTRUNC;
        }
        if (installed > 0) {
            writeMessage(
                    SocketConstants.SCM_RIGHTS, Arrays.copyOf(numbers, installed * Integer.BYTES));
        }
    }

    private void writeMessage(int type, byte[] data) {
        writeMessage(SocketConstants.SOL_SOCKET, type, data);
    }

    private void writeMessage(int level, int type, byte[] data) {
        long room = roomBytes - used;
        if (room < Cmsghdr.SIZE) {
            flags |= SocketConstants.MSG_CTRUNC;
            return;
        }
        long kept = Math.min(data.length, room - Cmsghdr.SIZE);
        if (kept < data.length) {
            flags |= SocketConstants.MSG_CTRUNC;
        }
        byte[] bytes = new byte[(int) (Cmsghdr.SIZE + kept)];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        Cmsghdr.of(level, type, kept).writeTo(segment, 0);
        MemorySegment.copy(MemorySegment.ofArray(data), 0, segment, Cmsghdr.SIZE, kept);
        task.user().copyOut(userAddr + used, bytes);
        used += Math.min(room, Cmsghdr.space(kept));
    }
}
