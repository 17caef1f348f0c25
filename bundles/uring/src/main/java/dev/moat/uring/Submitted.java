package dev.moat.uring;

import dev.moat.abi.Iovec;
import dev.moat.abi.Limits;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.PollFlags;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a submission points to, copied when it was submitted: names, addresses, times, vectors. The
 * guest may use that memory for something else at once, whenever the operation is done.
 */
@Stateful
final class Submitted {
    private static final int TIME_BYTES = 16;
    private static final int EVENT_BYTES = 12;
    private static final int FUTEX_WAITER_BYTES = 24;
    private static final int MOST_FUTEXES = 128;

    /** {@code struct sockaddr_storage}. */
    private static final int ADDRESS_BYTES = 128;

    /** XATTR_NAME_MAX and the byte that ends it. */
    private static final int ATTRIBUTE_NAME_BYTES = 256;

    private static final int MOST_ATTRIBUTE_BYTES = 1 << 16;
    private static final int UNIT_BYTES = 128;

    /** Bytes that lay at an address. */
    @Stateful
    static final class Copy {
        private final long userAddr;
        private final byte[] bytes;

        Copy(long userAddr, byte[] bytes) {
            this.userAddr = userAddr;
            this.bytes = bytes;
        }

        boolean has(long addr, long lengthBytes) {
            long at = addr - userAddr;
            return at >= 0 && lengthBytes >= 0 && at <= bytes.length - lengthBytes;
        }
    }

    private final List<Copy> copies = new ArrayList<>();

    /** How much of the kernel host's memory it takes, in units of {@link Keeping}. */
    int weight() {
        int weight = 0;
        for (Copy copy : copies) {
            weight += 1 + copy.bytes.length / UNIT_BYTES;
        }
        return weight;
    }

    boolean isEmpty() {
        return copies.isEmpty();
    }

    /** What was in a range; null if not all of it is known. */
    @Nullable MemorySegment find(long userAddr, long lengthBytes) {
        for (Copy copy : copies) {
            if (copy.has(userAddr, lengthBytes)) {
                return MemorySegment.ofArray(copy.bytes)
                        .asSlice(userAddr - copy.userAddr, lengthBytes);
            }
        }
        return null;
    }

    /** The string that began at an address, without the byte that ends it; null if not known. */
    @Nullable String findString(long userAddr) {
        for (Copy copy : copies) {
            if (copy.userAddr == userAddr) {
                int end = 0;
                while (end < copy.bytes.length && copy.bytes[end] != 0) {
                    end++;
                }
                return end == copy.bytes.length
                        ? null
                        : new String(copy.bytes, 0, end, StandardCharsets.ISO_8859_1);
            }
        }
        return null;
    }

    /**
     * Copies what {@code sqe} points to.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT, ENAMETOOLONG: so ends the operation
     */
    static Submitted of(Sqe sqe, UserMemory user) {
        Submitted made = new Submitted();
        Operation operation = Operation.of(sqe.opcode());
        if (operation != null) {
            made.take(operation, sqe, user);
        }
        return made;
    }

    private void take(Operation operation, Sqe sqe, UserMemory user) {
        switch (operation) {
            case READV, WRITEV, READV_FIXED, WRITEV_FIXED -> vector(user, sqe.addr(), sqe.length());
            case SENDMSG -> message(user, sqe.addr(), true);
            case RECVMSG -> message(user, sqe.addr(), false);
            case SEND -> bytes(user, sqe.off(), sqe.fileIndex() & 0xffff, ADDRESS_BYTES);
            case CONNECT, BIND -> bytes(user, sqe.addr(), sqe.off(), ADDRESS_BYTES);
            case OPENAT, STATX, UNLINKAT, MKDIRAT -> string(user, sqe.addr(), Limits.PATH_MAX);
            case OPENAT2 -> {
                string(user, sqe.addr(), Limits.PATH_MAX);
                bytes(user, sqe.off(), Integer.toUnsignedLong(sqe.length()), Limits.PATH_MAX);
            }
            case RENAMEAT, SYMLINKAT, LINKAT -> {
                string(user, sqe.addr(), Limits.PATH_MAX);
                string(user, sqe.off(), Limits.PATH_MAX);
            }
            case FSETXATTR, SETXATTR, FGETXATTR, GETXATTR -> attribute(operation, sqe, user);
            case TIMEOUT, LINK_TIMEOUT -> {
                // what others mean there is not known
                if ((sqe.operationFlags() & ~Timeouts.KNOWN) == 0) {
                    bytes(user, sqe.addr(), TIME_BYTES, TIME_BYTES);
                }
            }
            case TIMEOUT_REMOVE -> {
                if ((sqe.operationFlags() & Timeouts.UPDATES) != 0) {
                    bytes(user, sqe.off(), TIME_BYTES, TIME_BYTES);
                }
            }
            case EPOLL_CTL -> {
                if (sqe.length() != PollFlags.EPOLL_CTL_DEL) {
                    bytes(user, sqe.addr(), EVENT_BYTES, EVENT_BYTES);
                }
            }
            case FUTEX_WAITV ->
                    bytes(
                            user,
                            sqe.addr(),
                            (long) sqe.length() * FUTEX_WAITER_BYTES,
                            MOST_FUTEXES * FUTEX_WAITER_BYTES);
            default -> {
                // has no pointers, or is given memory to use later
            }
        }
    }

    private void attribute(Operation operation, Sqe sqe, UserMemory user) {
        string(user, sqe.addr(), ATTRIBUTE_NAME_BYTES);
        if (operation == Operation.SETXATTR || operation == Operation.GETXATTR) {
            string(user, sqe.addr3(), Limits.PATH_MAX);
        }
        if (operation == Operation.SETXATTR || operation == Operation.FSETXATTR) {
            long length = Integer.toUnsignedLong(sqe.length());
            bytes(user, sqe.off(), length, MOST_ATTRIBUTE_BYTES);
        }
    }

    /** Control messages are read when they are sent, also in Linux. */
    private void message(UserMemory user, long userAddr, boolean sends) {
        bytes(user, userAddr, MsgHdr.SIZE, (int) MsgHdr.SIZE);
        MemorySegment copy = find(userAddr, MsgHdr.SIZE);
        if (copy == null) {
            return;
        }
        MsgHdr header = MsgHdr.readFrom(copy, 0);
        vector(user, header.iov(), header.iovCount());
        if (sends) {
            bytes(user, header.name(), header.nameLengthBytes(), ADDRESS_BYTES);
        }
    }

    private void vector(UserMemory user, long userAddr, long count) {
        if (count > 0 && count <= Limits.UIO_MAXIOV) {
            copies.add(new Copy(userAddr, user.copyIn(userAddr, (int) (count * Iovec.SIZE))));
        }
    }

    private void string(UserMemory user, long userAddr, int limitBytes) {
        String text = user.readString(userAddr, limitBytes);
        byte[] copy = new byte[text.length() + 1];
        for (int i = 0; i < text.length(); i++) {
            copy[i] = (byte) text.charAt(i);
        }
        copies.add(new Copy(userAddr, copy));
    }

    private void bytes(UserMemory user, long userAddr, long lengthBytes, int mostBytes) {
        if (userAddr != 0 && lengthBytes > 0 && lengthBytes <= mostBytes) {
            copies.add(new Copy(userAddr, user.copyIn(userAddr, (int) lengthBytes)));
        }
    }
}
