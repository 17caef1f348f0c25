package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.SockFilter;
import dev.moat.abi.SockFprog;
import dev.moat.abi.SocketConstants;
import dev.moat.api.task.Task;
import dev.moat.lib.bpf.Instructions;
import dev.moat.net.Socket;
import dev.moat.net.SocketFilter;
import dev.moat.net.SocketOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The options of SOL_SOCKET about filters, socket(7): net/core/filter.c. */
final class FilterOptions {
    private FilterOptions() {}

    /**
     * SO_ATTACH_FILTER.
     *
     * @throws dev.moat.abi.ErrnoException EPERM: it is locked; EINVAL, EFAULT
     */
    static void attach(Task task, Socket socket, long userAddr, int lengthBytes) {
        socket.setFilter(filter(task, socket, userAddr, lengthBytes));
    }

    /** SO_ATTACH_REUSEPORT_CBPF: EINVAL for sockets that share no port with others. */
    static void attachToGroup(Task task, Socket socket, long userAddr, int lengthBytes) {
        filter(task, socket, userAddr, lengthBytes);
        throw Errno.EINVAL.exception();
    }

    /**
     * SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_EBPF: guests have no extended programs, so each descriptor
     * is one of something else.
     *
     * @throws dev.moat.abi.ErrnoException EPERM: it is locked; EBADF, EINVAL
     */
    static void attachExtended(Task task, Socket socket, int fd, int lengthBytes) {
        if (lengthBytes == Integer.BYTES) {
            checkUnlocked(socket);
            task.files().acquire(fd).release();
        }
        throw Errno.EINVAL.exception();
    }

    /** SO_DETACH_FILTER: EPERM, ENOENT. */
    static void detach(Socket socket) {
        checkUnlocked(socket);
        if (socket.filter() == null) {
            throw Errno.ENOENT.exception();
        }
        socket.setFilter(null);
    }

    /** SO_LOCK_FILTER: EPERM for who wants it unlocked. */
    static void lock(SocketOptions options, boolean on) {
        if (!on && options.kept(SocketConstants.SO_LOCK_FILTER) != 0) {
            throw Errno.EPERM.exception();
        }
        options.keep(SocketConstants.SO_LOCK_FILTER, on ? 1 : 0);
    }

    /**
     * SO_GET_FILTER: gives the number of instructions, and copies them unless there is no room at
     * all.
     *
     * @param room in instructions
     * @throws dev.moat.abi.ErrnoException EINVAL: too little room; EFAULT
     */
    static int read(Task task, Socket socket, long userAddr, int room) {
        @Nullable SocketFilter filter = socket.filter();
        if (filter == null) {
            return 0;
        }
        long[] instructions = filter.instructions();
        if (room > 0) {
            if (room < instructions.length) {
                throw Errno.EINVAL.exception();
            }
            MemorySegment bytes = MemorySegment.ofArray(instructions);
            task.user().copyOut(userAddr, bytes, 0, (int) bytes.byteSize());
        }
        return instructions.length;
    }

    private static SocketFilter filter(Task task, Socket socket, long userAddr, int lengthBytes) {
        if (lengthBytes != SockFprog.SIZE) {
            throw Errno.EINVAL.exception();
        }
        SockFprog program =
                SockFprog.readFrom(
                        MemorySegment.ofArray(task.user().copyIn(userAddr, lengthBytes)), 0);
        checkUnlocked(socket);
        boolean small = program.length() > 0 && program.length() <= Instructions.MOST;
        if (program.filter() == 0 || !small) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes =
                task.user().copyIn(program.filter(), program.length() * (int) SockFilter.SIZE);
        return SocketFilter.of(
                MemorySegment.ofArray(bytes).toArray(ValueLayout.JAVA_LONG_UNALIGNED));
    }

    private static void checkUnlocked(Socket socket) {
        if (socket.options().kept(SocketConstants.SO_LOCK_FILTER) != 0) {
            throw Errno.EPERM.exception();
        }
    }
}
