package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** IORING_REGISTER_QUERY: what rings can do. Source: io_uring/query.c. Lives for one call. */
final class RingQuery {
    /** {@code struct io_uring_query_hdr}. */
    private static final int HEADER_BYTES = 40;

    /** {@code struct io_uring_query_opcode}. */
    private static final int ANSWER_BYTES = 48;

    /** More answers are refused: IO_MAX_QUERY_ENTRIES. */
    private static final int MOST = 1000;

    /** IO_MAX_QUERY_SIZE: what is beyond that is cleared only. */
    private static final int MOST_BYTES = ANSWER_BYTES;

    private static final int KINDS = 1;

    private final Task task;

    RingQuery(Task task) {
        this.task = task;
    }

    /** Answers a list of questions, each with a result of its own: EFAULT, EINVAL, ERANGE. */
    void run(long arg, int count) {
        if (count != 0) {
            throw Errno.EINVAL.exception();
        }
        long at = arg;
        for (int i = 0; at != 0; i++) {
            if (i == MOST) {
                throw Errno.ERANGE.exception();
            }
            at = answer(at);
        }
    }

    /** The address of the next question; 0: this was the last one. */
    private long answer(long at) {
        MemorySegment header = MemorySegment.ofArray(task.user().copyIn(at, HEADER_BYTES));
        int size = header.get(JAVA_INT_UNALIGNED, 20);
        long data = header.get(JAVA_LONG_UNALIGNED, 8);
        long wanted = Integer.toUnsignedLong(size);
        // EFAULT before anything else
        task.user().copyIn(data, (int) Math.min(wanted, MOST_BYTES));
        Errno error = check(header, size);
        int answered = error == null ? (int) Math.min(wanted, ANSWER_BYTES) : 0;
        task.user().copyOut(data, answer(), 0, answered);
        task.user().clear(data + answered, wanted - answered);
        header.set(JAVA_INT_UNALIGNED, 20, answered);
        header.set(JAVA_INT_UNALIGNED, 24, error == null ? 0 : (int) error.negated());
        task.user().copyOut(at, header, 0, HEADER_BYTES);
        return header.get(JAVA_LONG_UNALIGNED, 0);
    }

    private static @Nullable Errno check(MemorySegment header, int size) {
        if (Integer.compareUnsigned(header.get(JAVA_INT_UNALIGNED, 16), KINDS) >= 0) {
            return Errno.EOPNOTSUPP;
        }
        boolean reserved = size == 0;
        for (int at = 24; at < HEADER_BYTES; at += Integer.BYTES) {
            reserved |= header.get(JAVA_INT_UNALIGNED, at) != 0;
        }
        return reserved ? Errno.EINVAL : null;
    }

    private static MemorySegment answer() {
        MemorySegment answer = MemorySegment.ofArray(new byte[ANSWER_BYTES]);
        answer.set(JAVA_INT_UNALIGNED, 0, Operation.LIMIT);
        answer.set(JAVA_INT_UNALIGNED, 4, Restrictions.REGISTER_LIMIT);
        answer.set(JAVA_LONG_UNALIGNED, 8, Integer.toUnsignedLong(RingParams.FEATURES));
        answer.set(JAVA_LONG_UNALIGNED, 16, Integer.toUnsignedLong(RingParams.FLAGS));
        answer.set(JAVA_LONG_UNALIGNED, 24, Integer.toUnsignedLong(UringCalls.ENTER_FLAGS));
        answer.set(JAVA_LONG_UNALIGNED, 32, Integer.toUnsignedLong(Submission.KNOWN_FLAGS));
        answer.set(JAVA_INT_UNALIGNED, 40, KINDS);
        return answer;
    }
}
