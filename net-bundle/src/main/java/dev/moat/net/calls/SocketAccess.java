package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;

/** From descriptors and guest addresses to sockets and bytes. */
final class SocketAccess {
    /** sizeof(struct sockaddr_storage). */
    private static final int MAX_ADDRESS_BYTES = 128;

    private SocketAccess() {}

    /**
     * Runs {@code use} with the socket behind {@code fd}.
     *
     * @throws dev.moat.abi.ErrnoException EBADF, also for one of O_PATH; ENOTSOCK
     */
    static long with(Task task, int fd, ToLongFunction<Socket> use) {
        FileDescription file = acquire(task, fd);
        try {
            if ((file.flags() & OpenFlags.O_PATH) != 0) {
                throw Errno.EBADF.exception();
            }
            if (!(file instanceof Socket socket)) {
                throw Errno.ENOTSOCK.exception();
            }
            return use.applyAsLong(socket);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    /** A new socket and its inode belong to who made it: sock_alloc(). */
    static void own(Task task, Socket socket) {
        Credentials who = task.credentials();
        socket.setMakerDomain(who.domain());
        socket.inode()
                .setAttributes(
                        AttributeChange.owner(
                                OptionalInt.of(who.fsUid()),
                                OptionalInt.of(who.fsGid()),
                                OptionalInt.empty()));
    }

    /** EINVAL for MSG_CMSG_COMPAT, which is the kernel's own, before anything else is looked at. */
    static void checkFlags(int flags) {
        if (flags < 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** EBADF before an address is looked at; whether it is a socket is seen after that. */
    static void checkOpen(Task task, int fd) {
        acquire(task, fd).release();
    }

    /** EBADF, also for a path that was opened with O_PATH: fdget(). */
    private static FileDescription acquire(Task task, int fd) {
        FileDescription file = task.resumption().acquire(task, fd);
        if ((file.flags() & OpenFlags.O_PATH) != 0) {
            file.release();
            throw Errno.EBADF.exception();
        }
        return file;
    }

    /** EFAULT for a buffer beyond user space, before the descriptor is looked at: access_ok(). */
    static IoBuffer buffer(Task task, long userAddr, long lengthBytes) {
        boolean huge = lengthBytes < 0 || lengthBytes > Limits.MAX_RW_COUNT;
        long length = huge ? Limits.MAX_RW_COUNT : lengthBytes;
        if (userAddr < 0 || userAddr > MemoryFlags.TASK_SIZE_MAX - length) {
            throw Errno.EFAULT.exception();
        }
        return task.user().buffer(userAddr, length);
    }

    /** Copies an address in: EINVAL for an impossible length. */
    static byte[] readAddress(Task task, long userAddr, int lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > MAX_ADDRESS_BYTES) {
            throw Errno.EINVAL.exception();
        }
        return task.user().copyIn(userAddr, lengthBytes);
    }

    /** Copies an address out, cut to the guest's room, and says how long it is. */
    static void writeAddress(Task task, byte[] address, long userAddr, long lengthUserAddr) {
        UserMemory user = task.user();
        int room = user.readInt(lengthUserAddr);
        if (room < 0) {
            throw Errno.EINVAL.exception();
        }
        // The length first, as move_addr_to_user() does.
        user.writeInt(lengthUserAddr, address.length);
        user.copyOut(userAddr, MemorySegment.ofArray(address), 0, Math.min(room, address.length));
    }
}
