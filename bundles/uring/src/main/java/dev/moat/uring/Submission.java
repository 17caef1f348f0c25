package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.SocketConstants;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes requests and chains of what a guest submits: io_submit_sqes. Lives for one call. */
final class Submission {
    static final int KNOWN_FLAGS =
            IoUring.IOSQE_FIXED_FILE
                    | IoUring.IOSQE_IO_DRAIN
                    | IoUring.IOSQE_IO_LINK
                    | IoUring.IOSQE_IO_HARDLINK
                    | IoUring.IOSQE_ASYNC
                    | IoUring.IOSQE_BUFFER_SELECT
                    | IoUring.IOSQE_CQE_SKIP_SUCCESS;

    private static final int ACCEPT_FLAGS =
            IoUring.IORING_ACCEPT_MULTISHOT
                    | IoUring.IORING_ACCEPT_DONTWAIT
                    | IoUring.IORING_ACCEPT_POLL_FIRST;

    private static final int RECEIVE_FLAGS =
            IoUring.IORING_RECVSEND_POLL_FIRST
                    | IoUring.IORING_RECV_MULTISHOT
                    | IoUring.IORING_RECVSEND_BUNDLE;

    private static final int SEND_FLAGS =
            IoUring.IORING_RECVSEND_POLL_FIRST | IoUring.IORING_RECVSEND_BUNDLE;

    /** IOPRIO_CLASS_SHIFT, include/uapi/linux/ioprio.h. */
    private static final int CLASS_SHIFT = 13;

    private static final int LINKS = IoUring.IOSQE_IO_LINK | IoUring.IOSQE_IO_HARDLINK;

    private final Ring ring;
    private final Task task;
    private final List<Request> heads;

    /** The last one of a chain that goes on. */
    private @Nullable Request last;

    /** The chain under way: if one of it is not valid, none is done. */
    private final List<Request> chain = new ArrayList<>();

    private boolean spoiled;

    Submission(Ring ring, Task task, List<Request> heads) {
        this.ring = ring;
        this.task = task;
        this.heads = heads;
    }

    /**
     * Takes up to {@code most} submissions; gives how many.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN: there is no memory for any, io_submit_sqes
     */
    int take(RingMemory memory, long most) {
        Keeping keeping = ring.worker().keeping();
        int taken = 0;
        while (taken < most) {
            if (!keeping.tryTake(Keeping.REQUEST)) {
                if (taken == 0) {
                    throw Errno.EAGAIN.exception();
                }
                break;
            }
            int index = memory.takeSubmission();
            if (!memory.isSubmission(index)) {
                keeping.giveBack(Keeping.REQUEST);
                memory.countDropped();
                break;
            }
            taken++;
            if (!add(memory.submission(index))
                    && !ring.settings().has(IoUring.IORING_SETUP_SUBMIT_ALL)) {
                break;
            }
        }
        return taken;
    }

    /** Adds a submission; false if it is not valid, which its completion will say. */
    private boolean add(Sqe sqe) {
        int error = check(sqe);
        Request request = new Request(ring, task, sqe, error);
        Credentials personality =
                sqe.personality() == 0 ? null : ring.personalities().find(sqe.personality());
        if (personality != null) {
            request.assume(personality);
        }
        Request before = last;
        if (before == null) {
            chain.clear();
            spoiled = false;
            heads.add(request);
        } else {
            before.setNext(request);
        }
        chain.add(request);
        if (spoiled) {
            request.spoil();
        } else if (error != 0) {
            spoiled = true;
            chain.forEach(Request::spoil);
        }
        last = (sqe.flags() & LINKS) != 0 ? request : null;
        return error == 0;
    }

    /** What stands in ioprio: a priority, flags of the operation, or nothing. */
    private static boolean isPriorityKnown(Operation operation, int priority) {
        return switch (operation) {
            case READ,
                    READV,
                    READ_FIXED,
                    READV_FIXED,
                    READ_MULTISHOT,
                    WRITE,
                    WRITEV,
                    WRITE_FIXED,
                    WRITEV_FIXED ->
                    priority == 0 || priority >>> CLASS_SHIFT > 0 && priority >>> CLASS_SHIFT <= 3;
            case ACCEPT -> (priority & ~ACCEPT_FLAGS) == 0;
            case SEND -> (priority & ~SEND_FLAGS) == 0;
            case SENDMSG -> (priority & ~IoUring.IORING_RECVSEND_POLL_FIRST) == 0;
            case RECV -> (priority & ~RECEIVE_FLAGS) == 0;
            case RECVMSG -> (priority & ~(RECEIVE_FLAGS & ~IoUring.IORING_RECVSEND_BUNDLE)) == 0;
            case NOP, SEND_ZC, SENDMSG_ZC -> true;
            default -> priority == 0;
        };
    }

    /** A file in a slot has no close-on-exec flag. */
    private static boolean closesDirect(Operation operation, Sqe sqe) {
        int flag =
                switch (operation) {
                    case OPENAT -> OpenFlags.O_CLOEXEC & sqe.operationFlags();
                    case ACCEPT -> SocketConstants.SOCK_CLOEXEC & sqe.operationFlags();
                    case SOCKET -> SocketConstants.SOCK_CLOEXEC & (int) sqe.off();
                    default -> 0;
                };
        return flag != 0 && sqe.fileIndex() != 0;
    }

    /** What an operation's own fields must be: def->prep() of each. */
    private boolean isPrepared(Operation operation, Sqe sqe) {
        boolean chooses = sqe.has(IoUring.IOSQE_BUFFER_SELECT);
        return switch (operation) {
            case NOP -> NoOperation.isValid(ring, sqe);
            case MSG_RING -> RingMessage.isValid(sqe);
            case PIPE -> PipeOperation.isValid(sqe);
            case READV -> !chooses || sqe.length() == 1;
            case READ_MULTISHOT -> chooses && sqe.addr() == 0 && sqe.length() == 0;
            case SEND -> sqe.length() >= 0;
            case SENDMSG -> sqe.length() >= 0 && sqe.off() == 0 && sqe.fileIndex() == 0;
            case RECV, RECVMSG -> isReceiveValid(operation, sqe);
            default -> true;
        };
    }

    /** io_recvmsg_prep: lengths have a sign. */
    private static boolean isReceiveValid(Operation operation, Sqe sqe) {
        boolean many = (sqe.priority() & IoUring.IORING_RECV_MULTISHOT) != 0;
        boolean all = (sqe.operationFlags() & SocketConstants.MSG_WAITALL) != 0;
        // how much many receives may be together stands where others have a file
        boolean limited = sqe.fileIndex() != 0;
        return sqe.length() >= 0
                && sqe.off() == 0
                && (!limited || many && operation == Operation.RECV)
                && (!many || sqe.has(IoUring.IOSQE_BUFFER_SELECT) && !all);
    }

    /** io_send_zc_prep: what is wrong before there is a notice. */
    static boolean mayHaveNotice(Sqe sqe) {
        return !sqe.has(IoUring.IOSQE_CQE_SKIP_SUCCESS) && sqe.addr3() == 0;
    }

    /** io_init_req: 0, or a negated errno. */
    private int check(Sqe sqe) {
        Operation operation = Operation.of(sqe.opcode());
        if (operation == null || (sqe.flags() & ~KNOWN_FLAGS) != 0) {
            return (int) Errno.EINVAL.negated();
        }
        if (sqe.has(IoUring.IOSQE_BUFFER_SELECT) && !mayChoose(operation)) {
            return (int) Errno.EOPNOTSUPP.negated();
        }
        Restrictions restrictions = ring.admission().restrictions();
        if (restrictions != null && !restrictions.allow(sqe)) {
            return (int) Errno.EACCES.negated();
        }
        if (sqe.personality() != 0 && ring.personalities().find(sqe.personality()) == null
                || ring.isPolling() && !operation.isPollable()
                || operation.hasNotice() && !mayHaveNotice(sqe)
                || operation == Operation.LINK_TIMEOUT && last == null
                || !isPriorityKnown(operation, sqe.priority())
                || closesDirect(operation, sqe)
                || !isPrepared(operation, sqe)) {
            return (int) Errno.EINVAL.negated();
        }
        return 0;
    }

    /** Whether an operation may take its buffer from a group: io_uring/opdef.c. */
    private static boolean mayChoose(Operation operation) {
        return switch (operation) {
            case READ, READV, READ_MULTISHOT, RECV, RECVMSG, SEND -> true;
            default -> false;
        };
    }
}
