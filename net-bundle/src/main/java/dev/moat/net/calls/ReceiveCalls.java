package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MmsgHdr;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Timespec;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;

/** {@code recv(2)}, {@code recvmsg(2)}, {@code recvmmsg(2)}. */
final class ReceiveCalls {
    /** Offsets in {@code struct msghdr} of what the kernel writes back. */
    private static final long NAME_LENGTH = 8;

    private static final long CONTROL_LENGTH = 40;
    private static final long FLAGS = 48;

    @Syscall(nr = 45, name = "recvfrom")
    long recvfrom(
            Task task,
            int fd,
            long bufferUserAddr,
            long lengthBytes,
            int flags,
            long addressUserAddr,
            long addressLengthUserAddr) {
        IoBuffer target = SocketAccess.buffer(task, bufferUserAddr, lengthBytes);
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    ReceivedMessage message = resumed(task, ReceivedMessage.ignored());
                    long result = receive(task, socket, target, flags, message);
                    if (result >= 0 && addressUserAddr != 0) {
                        SocketAccess.writeAddress(
                                task, message.source(), addressUserAddr, addressLengthUserAddr);
                    }
                    return result;
                });
    }

    @Syscall(nr = 47, name = "recvmsg")
    long recvmsg(Task task, int fd, long headerUserAddr, int flags) {
        SocketAccess.checkFlags(flags);
        return SocketAccess.with(
                task, fd, socket -> receiveMessage(task, socket, headerUserAddr, flags));
    }

    @Syscall(nr = 299, name = "recvmmsg")
    long recvmmsg(
            Task task, int fd, long headersUserAddr, int count, int flags, long timeoutUserAddr) {
        SocketAccess.checkFlags(flags);
        int bounded = Math.clamp(Integer.toUnsignedLong(count), 0, SocketConstants.UIO_MAXIOV);
        long deadlineNs = task.resumption().callDeadline(deadline(task, timeoutUserAddr));
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    int received = (int) task.resumption().count();
                    int now = flags & ~SocketConstants.MSG_WAITFORONE;
                    while (received < bounded) {
                        long at = headersUserAddr + received * MmsgHdr.SIZE;
                        long result;
                        try {
                            result = receiveMessage(task, socket, at, now);
                        } catch (WaitSuspended e) {
                            task.resumption().setCount(received);
                            task.resumption().setCallDeadline(deadlineNs);
                            throw e;
                        } catch (ErrnoException e) {
                            result = e.errno().negated();
                        }
                        if (result < 0) {
                            return received > 0 ? received : result;
                        }
                        task.user().writeInt(at + MsgHdr.SIZE, (int) result);
                        received++;
                        if ((flags & SocketConstants.MSG_WAITFORONE) != 0) {
                            now |= SocketConstants.MSG_DONTWAIT;
                        }
                        // Looked at after each message only, as Linux does: recvmmsg(2), BUGS.
                        if (task.sandbox().clock().monotonicNs() >= deadlineNs) {
                            break;
                        }
                    }
                    return received;
                });
    }

    private static long deadline(Task task, long timeoutUserAddr) {
        if (timeoutUserAddr == 0) {
            return Long.MAX_VALUE;
        }
        Timespec timeout =
                Timespec.readFrom(
                        MemorySegment.ofArray(
                                task.user().copyIn(timeoutUserAddr, (int) Timespec.SIZE)),
                        0);
        boolean valid =
                timeout.seconds() >= 0
                        && timeout.nanoseconds() >= 0
                        && timeout.nanoseconds() < 1_000_000_000L;
        if (!valid) {
            throw Errno.EINVAL.exception();
        }
        long seconds = Math.min(timeout.seconds(), 1L << 32);
        return task.sandbox().clock().monotonicNs()
                + seconds * 1_000_000_000L
                + timeout.nanoseconds();
    }

    private static long receiveMessage(Task task, Socket socket, long headerUserAddr, int flags) {
        MsgHdr header =
                MsgHdr.readFrom(
                        MemorySegment.ofArray(
                                task.user().copyIn(headerUserAddr, (int) MsgHdr.SIZE)),
                        0);
        IoBuffer target = MessageParts.buffer(task, header, BufferUse.READ);
        ReceivedMessage message = resumed(task, ReceivedMessage.withControl());
        long result = receive(task, socket, target, flags, message);
        if (result < 0) {
            return result;
        }
        ControlWriter control = new ControlWriter(task, header);
        control.write(socket, message, (flags & SocketConstants.MSG_CMSG_CLOEXEC) != 0);
        if (header.name() != 0) {
            int room = Math.max(0, header.nameLengthBytes());
            byte[] source = message.source();
            task.user()
                    .copyOut(
                            header.name(),
                            MemorySegment.ofArray(source),
                            0,
                            Math.min(room, source.length));
            task.user().writeInt(headerUserAddr + NAME_LENGTH, source.length);
        }
        int shown = message.flags() | control.flags() | flags & SocketConstants.MSG_CMSG_CLOEXEC;
        task.user().writeInt(headerUserAddr + FLAGS, shown);
        task.user().writeLong(headerUserAddr + CONTROL_LENGTH, control.lengthBytes());
        return result;
    }

    /**
     * Receives what there is; of a stream until the buffer is full (MSG_WAITALL) or as much is
     * there as the socket waits for (SO_RCVLOWAT).
     */
    private static long receive(
            Task task, Socket socket, IoBuffer target, int flags, ReceivedMessage message) {
        boolean mayWait = !socket.isNonBlocking() && (flags & SocketConstants.MSG_DONTWAIT) == 0;
        boolean gathers =
                mayWait
                        && (flags & (SocketConstants.MSG_PEEK | SocketConstants.MSG_OOB)) == 0
                        && socket.type() == SocketConstants.SOCK_STREAM;
        boolean all = (flags & SocketConstants.MSG_WAITALL) != 0;
        long enough = all ? Long.MAX_VALUE : socket.options().lowWater();
        long[] total = {task.resumption().takeProgress()};
        target.skip(total[0]);
        try {
            long result =
                    Waiting.until(
                            task,
                            mayWait,
                            socket.options().receiveTimeoutNs(),
                            socket::waitQueue,
                            () -> {
                                long received = socket.receive(task, target, flags, message);
                                if (received < 0 || !gathers) {
                                    return received;
                                }
                                total[0] += received;
                                boolean more =
                                        received > 0
                                                && total[0] < enough
                                                && target.remaining() > 0
                                                && !message.isAtMark()
                                                && message.rights().isEmpty();
                                return more ? Errno.EAGAIN.negated() : total[0];
                            });
            return result < 0 && total[0] > 0 ? total[0] : result;
        } catch (WaitSuspended e) {
            task.resumption().setProgress(total[0]);
            task.resumption().keep(message);
            throw e;
        }
    }

    /** What came along with the first bytes, before the safe point interrupted the call. */
    private static ReceivedMessage resumed(Task task, ReceivedMessage fresh) {
        ReceivedMessage kept = task.resumption().take(ReceivedMessage.class);
        return kept == null ? fresh : kept;
    }
}
