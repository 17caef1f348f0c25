package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;
import java.util.function.ToLongFunction;

/** From descriptors and guest addresses to sockets and bytes. */
final class SocketAccess {
    /** sizeof(struct sockaddr_storage). */
    private static final int MAX_ADDRESS_BYTES = 128;

    private SocketAccess() {}

    /**
     * Runs {@code use} with the socket behind {@code fd}.
     *
     * @throws dev.moat.abi.ErrnoException EBADF, ENOTSOCK
     */
    static long with(Task task, int fd, ToLongFunction<Socket> use) {
        FileDescription file = task.resumption().acquire(task, fd);
        try {
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
        user.copyOut(userAddr, MemorySegment.ofArray(address), 0, Math.min(room, address.length));
        user.writeInt(lengthUserAddr, address.length);
    }
}
