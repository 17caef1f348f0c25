package dev.moat.uring;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The operations that rings have: {@code enum io_uring_op}. */
enum Operation {
    NOP(0),
    READV(1, Trait.FILE, Trait.FULL),
    WRITEV(2, Trait.FILE, Trait.FULL),
    FSYNC(3, Trait.FILE),
    READ_FIXED(4, Trait.FILE, Trait.FULL),
    WRITE_FIXED(5, Trait.FILE, Trait.FULL),
    POLL_ADD(6, Trait.FILE),
    POLL_REMOVE(7),
    SYNC_FILE_RANGE(8, Trait.FILE),
    SENDMSG(9, Trait.FILE),
    RECVMSG(10, Trait.FILE),
    TIMEOUT(11),
    TIMEOUT_REMOVE(12),
    ACCEPT(13, Trait.FILE, Trait.MAKES_FILE),
    ASYNC_CANCEL(14),
    LINK_TIMEOUT(15),
    CONNECT(16, Trait.FILE),
    FALLOCATE(17, Trait.FILE),
    OPENAT(18, Trait.MAKES_FILE),
    CLOSE(19),
    FILES_UPDATE(20),
    STATX(21),
    READ(22, Trait.FILE, Trait.FULL),
    WRITE(23, Trait.FILE, Trait.FULL),
    FADVISE(24, Trait.FILE),
    MADVISE(25),
    SEND(26, Trait.FILE),
    RECV(27, Trait.FILE),
    OPENAT2(28, Trait.MAKES_FILE),
    EPOLL_CTL(29),
    SPLICE(30, Trait.FILE),
    PROVIDE_BUFFERS(31),
    REMOVE_BUFFERS(32),
    TEE(33, Trait.FILE),
    SHUTDOWN(34, Trait.FILE),
    RENAMEAT(35),
    UNLINKAT(36),
    MKDIRAT(37),
    SYMLINKAT(38),
    LINKAT(39),
    MSG_RING(40, Trait.FILE),
    FSETXATTR(41, Trait.FILE),
    SETXATTR(42),
    FGETXATTR(43, Trait.FILE),
    GETXATTR(44),
    SOCKET(45, Trait.MAKES_FILE),
    URING_CMD(46, Trait.FILE),
    SEND_ZC(47, Trait.FILE, Trait.NOTICE),
    SENDMSG_ZC(48, Trait.FILE, Trait.NOTICE),
    READ_MULTISHOT(49, Trait.FILE),
    WAITID(50, Trait.COUNTED),
    FUTEX_WAIT(51, Trait.COUNTED),
    FUTEX_WAKE(52),
    FUTEX_WAITV(53, Trait.COUNTED),
    FIXED_FD_INSTALL(54, Trait.FILE),
    FTRUNCATE(55, Trait.FILE),
    BIND(56, Trait.FILE),
    LISTEN(57, Trait.FILE),
    EPOLL_WAIT(59, Trait.FILE),
    READV_FIXED(60, Trait.FILE, Trait.FULL),
    WRITEV_FIXED(61, Trait.FILE, Trait.FULL),
    PIPE(62, Trait.MAKES_FILE);

    /** IORING_OP_LAST of Linux 6.18. */
    static final int LIMIT = 63;

    private enum Trait {
        /** Is about an open file, {@code sqe->fd}. */
        FILE,
        /** Makes one, which may go to a slot. */
        MAKES_FILE,
        /** Has a second completion, when its buffer is free again. */
        NOTICE,
        /** Who cancels it is told how many were: io_cancel_remove_matches. */
        COUNTED,
        /** A short transfer breaks a chain: io_rw_done. */
        FULL
    }

    private final int opcode;
    private final Set<Trait> traits;

    Operation(int opcode, Trait... traits) {
        this.opcode = opcode;
        this.traits = Set.of(traits);
    }

    /** The operation with this number; null if there is none. */
    static @Nullable Operation of(int opcode) {
        for (Operation operation : values()) {
            if (operation.opcode == opcode) {
                return operation;
            }
        }
        return null;
    }

    boolean takesFile() {
        return traits.contains(Trait.FILE);
    }

    boolean hasNotice() {
        return traits.contains(Trait.NOTICE);
    }

    boolean isCounted() {
        return traits.contains(Trait.COUNTED);
    }

    /** Whether rings that poll for completions have it: io_uring/opdef.c. */
    boolean isPollable() {
        return switch (this) {
            case NOP,
                    READV,
                    WRITEV,
                    READ_FIXED,
                    WRITE_FIXED,
                    READV_FIXED,
                    WRITEV_FIXED,
                    READ,
                    WRITE,
                    FILES_UPDATE,
                    PROVIDE_BUFFERS,
                    REMOVE_BUFFERS,
                    MSG_RING,
                    URING_CMD ->
                    true;
            default -> false;
        };
    }

    boolean makesFile() {
        return traits.contains(Trait.MAKES_FILE);
    }

    /** Whether it waits for room rather than for data. */
    boolean sends() {
        return switch (this) {
            case WRITE, WRITEV, WRITE_FIXED, WRITEV_FIXED, SEND, SENDMSG -> true;
            default -> false;
        };
    }

    boolean wantsAll() {
        return traits.contains(Trait.FULL);
    }
}
