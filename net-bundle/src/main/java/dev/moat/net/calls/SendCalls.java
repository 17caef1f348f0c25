package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MmsgHdr;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.abi.SocketConstants;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory.BufferUse;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.SendRequest;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@code send(2)}, {@code sendmsg(2)}, {@code sendmmsg(2)}. */
final class SendCalls {
    @Syscall(nr = 44, name = "sendto")
    long sendto(
            Task task,
            int fd,
            long bufferUserAddr,
            long lengthBytes,
            int flags,
            long addressUserAddr,
            int addressLengthBytes) {
        IoBuffer source = SocketAccess.buffer(task, bufferUserAddr, lengthBytes);
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    Optional<byte[]> destination =
                            destination(task, addressUserAddr, addressLengthBytes);
                    SendRequest request = SendRequest.to(task, flags, destination);
                    return send(task, socket, source, request);
                });
    }

    @Syscall(nr = 46, name = "sendmsg")
    long sendmsg(Task task, int fd, long headerUserAddr, int flags) {
        SocketAccess.checkFlags(flags);
        return SocketAccess.with(
                task,
                fd,
                socket -> sendMessage(task, socket, readHeader(task, headerUserAddr), flags));
    }

    @Syscall(nr = 307, name = "sendmmsg")
    long sendmmsg(Task task, int fd, long headersUserAddr, int count, int flags) {
        SocketAccess.checkFlags(flags);
        int bounded = Math.clamp(Integer.toUnsignedLong(count), 0, SocketConstants.UIO_MAXIOV);
        return SocketAccess.with(
                task,
                fd,
                socket -> {
                    int sent = (int) task.resumption().count();
                    while (sent < bounded) {
                        long at = headersUserAddr + sent * MmsgHdr.SIZE;
                        long result;
                        try {
                            result = sendMessage(task, socket, readHeader(task, at), flags);
                        } catch (WaitSuspended e) {
                            task.resumption().setCount(sent);
                            throw e;
                        } catch (ErrnoException e) {
                            result = e.errno().negated();
                        }
                        if (result < 0) {
                            return sent > 0 ? sent : result;
                        }
                        task.user().writeInt(at + MsgHdr.SIZE, (int) result);
                        sent++;
                    }
                    return sent;
                });
    }

    private static MsgHdr readHeader(Task task, long userAddr) {
        return MsgHdr.readFrom(
                MemorySegment.ofArray(task.user().copyIn(userAddr, (int) MsgHdr.SIZE)), 0);
    }

    private static long sendMessage(Task task, Socket socket, MsgHdr header, int flags) {
        IoBuffer source = MessageParts.buffer(task, header, BufferUse.WRITE);
        Optional<byte[]> destination = destination(task, header.name(), header.nameLengthBytes());
        socket.checkSends();
        SendRequest request = ControlMessages.parse(task, header, flags, destination);
        // Before the safe point open files rode with the first bytes already.
        boolean rode = task.resumption().progress() > 0;
        boolean passed = false;
        try {
            long result = send(task, socket, source, request);
            passed = result >= 0 && !rode;
            return result;
        } catch (WaitSuspended e) {
            passed = task.resumption().progress() > 0 && !rode;
            throw e;
        } finally {
            if (!passed) {
                request.rights().forEach(FileDescription::release);
            }
        }
    }

    private static Optional<byte[]> destination(Task task, long userAddr, int lengthBytes) {
        return userAddr == 0 || lengthBytes == 0
                ? Optional.empty()
                : Optional.of(SocketAccess.readAddress(task, userAddr, lengthBytes));
    }

    /** Sends all of a stream's bytes unless it may not wait; SIGPIPE goes with EPIPE. */
    private static long send(Task task, Socket socket, IoBuffer source, SendRequest request) {
        boolean mayWait =
                !socket.isNonBlocking() && (request.flags() & SocketConstants.MSG_DONTWAIT) == 0;
        long[] total = {task.resumption().takeProgress()};
        source.skip(total[0]);
        SendRequest[] next = {total[0] > 0 ? request.withoutRights() : request};
        try {
            long result =
                    Waiting.until(
                            task,
                            mayWait,
                            socket.options().sendTimeoutNs(),
                            () -> socket.sendQueue(task, request),
                            () -> {
                                long sent = socket.send(task, source, next[0]);
                                if (sent < 0) {
                                    return sent;
                                }
                                total[0] += sent;
                                // Open files ride with the first bytes only.
                                next[0] = request.withoutRights();
                                boolean more =
                                        mayWait
                                                && sent > 0
                                                && source.remaining() > 0
                                                && !source.faulted();
                                return more ? Errno.EAGAIN.negated() : total[0];
                            });
            return total[0] > 0 ? total[0] : result;
        } catch (WaitSuspended e) {
            task.resumption().setProgress(total[0]);
            throw e;
        } catch (ErrnoException e) {
            if (total[0] > 0) {
                return total[0];
            }
            if (e.errno() == Errno.EPIPE
                    && socket.type() == SocketConstants.SOCK_STREAM
                    && (request.flags() & SocketConstants.MSG_NOSIGNAL) == 0) {
                task.signals().send(SigInfo.kernel(Signals.SIGPIPE));
            }
            throw e;
        }
    }
}
