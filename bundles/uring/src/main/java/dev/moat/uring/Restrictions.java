package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.api.swap.Stateful;
import java.lang.foreign.MemorySegment;

/** What may be done with a ring once it is enabled: IORING_REGISTER_RESTRICTIONS. Never changes. */
@Stateful
final class Restrictions {
    /** {@code struct io_uring_restriction}. */
    static final int BYTES = 16;

    /** IORING_REGISTER_LAST of Linux 6.18. */
    static final int REGISTER_LIMIT = 36;

    /** IORING_MAX_RESTRICTIONS, io_uring/register.c. */
    static final int MOST = REGISTER_LIMIT + Operation.LIMIT + 4;

    private static final int VALUE = 2;

    private long registers;
    private long operations;
    private int allowedFlags;
    private int requiredFlags;

    /**
     * As an array of the struct says.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for what there is not
     */
    static Restrictions of(byte[] array) {
        Restrictions made = new Restrictions();
        MemorySegment structs = MemorySegment.ofArray(array);
        for (int at = 0; at < array.length; at += BYTES) {
            made.add(structs.get(JAVA_SHORT_UNALIGNED, at), array[at + VALUE] & 0xff);
        }
        return made;
    }

    private void add(int kind, int value) {
        switch (kind) {
            case IoUring.IORING_RESTRICTION_REGISTER_OP -> registers |= bit(value, REGISTER_LIMIT);
            case IoUring.IORING_RESTRICTION_SQE_OP -> operations |= bit(value, Operation.LIMIT);
            case IoUring.IORING_RESTRICTION_SQE_FLAGS_ALLOWED -> allowedFlags = value;
            case IoUring.IORING_RESTRICTION_SQE_FLAGS_REQUIRED -> requiredFlags = value;
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static long bit(int value, int limit) {
        if (value >= limit) {
            throw Errno.EINVAL.exception();
        }
        return 1L << value;
    }

    /** Whether io_uring_register(2) may be called so. */
    boolean allowRegister(int command) {
        return command >= 0 && command < REGISTER_LIMIT && (registers >>> command & 1) != 0;
    }

    /** Whether an operation may be submitted: io_check_restriction. */
    boolean allow(Sqe sqe) {
        return sqe.opcode() < Operation.LIMIT
                && (operations >>> sqe.opcode() & 1) != 0
                && (sqe.flags() & requiredFlags) == requiredFlags
                && (sqe.flags() & ~(allowedFlags | requiredFlags)) == 0;
    }
}
