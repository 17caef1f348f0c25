package dev.moat.task.calls;

import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_LOG;
import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER;
import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC;
import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
import static dev.moat.abi.Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompData;
import dev.moat.abi.SeccompNotif;
import dev.moat.abi.SeccompNotifResp;
import dev.moat.abi.SockFilter;
import dev.moat.abi.SockFprog;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.TaskFilters;
import dev.moat.task.seccomp.Filter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code seccomp(2)}, and its older form in prctl(2). */
final class SeccompCalls {
    private static final long FLAGS =
            SECCOMP_FILTER_FLAG_TSYNC
                    | SECCOMP_FILTER_FLAG_LOG
                    | SECCOMP_FILTER_FLAG_SPEC_ALLOW
                    | SECCOMP_FILTER_FLAG_NEW_LISTENER
                    | SECCOMP_FILTER_FLAG_TSYNC_ESRCH
                    | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

    /** {@code struct seccomp_notif_sizes}: three numbers of 16 bits. */
    private static final int SIZES_BYTES = 6;

    @Syscall(
            nr = 317,
            name = "seccomp",
            support = Support.FULL,
            note =
                    "Strict mode leaves the time stamp counter readable; SPEC_ALLOW changes nothing.")
    long seccomp(Task task, int operation, int flags, long argumentAddr) {
        return switch (operation) {
            case Seccomp.SECCOMP_SET_MODE_STRICT -> {
                if (flags != 0 || argumentAddr != 0) {
                    throw Errno.EINVAL.exception();
                }
                yield setStrict(task);
            }
            case Seccomp.SECCOMP_SET_MODE_FILTER ->
                    setFilter(task, Integer.toUnsignedLong(flags), argumentAddr);
            case Seccomp.SECCOMP_GET_ACTION_AVAIL -> {
                checkNoFlags(flags);
                yield isAction(task.user().readInt(argumentAddr)) ? 0 : Errno.EOPNOTSUPP.negated();
            }
            case Seccomp.SECCOMP_GET_NOTIF_SIZES -> {
                checkNoFlags(flags);
                writeSizes(task, argumentAddr);
                yield 0;
            }
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** PR_SET_SECCOMP. */
    static long setMode(Task task, long mode, long argumentAddr) {
        if (mode == Seccomp.SECCOMP_MODE_STRICT) {
            return setStrict(task);
        }
        if (mode == Seccomp.SECCOMP_MODE_FILTER) {
            return setFilter(task, 0, argumentAddr);
        }
        throw Errno.EINVAL.exception();
    }

    private static long setStrict(Task task) {
        GuestTask.of(task).filters().setStrict();
        return 0;
    }

    private static long setFilter(Task task, long flags, long programAddr) {
        boolean allThreads = (flags & SECCOMP_FILTER_FLAG_TSYNC) != 0;
        boolean listens = (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
        boolean noIds = (flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH) != 0;
        boolean killable = (flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) != 0;
        if ((flags & ~FLAGS) != 0 || allThreads && listens && !noIds || killable && !listens) {
            throw Errno.EINVAL.exception();
        }
        long[] instructions = readProgram(task, programAddr);
        GuestTask guest = GuestTask.of(task);
        TaskFilters.Request request =
                new TaskFilters.Request(
                        allThreads, (flags & SECCOMP_FILTER_FLAG_LOG) != 0, listens, killable);
        TaskFilters.Added added = guest.filters().add(instructions, request);
        if (added.stranger() != 0) {
            return noIds ? Errno.ESRCH.negated() : added.stranger();
        }
        return added.descriptor();
    }

    private static long[] readProgram(Task task, long programAddr) {
        MemorySegment header =
                MemorySegment.ofArray(task.user().copyIn(programAddr, (int) SockFprog.SIZE));
        SockFprog program = SockFprog.readFrom(header, 0);
        if (program.length() == 0 || program.length() > Seccomp.BPF_MAXINSNS) {
            throw Errno.EINVAL.exception();
        }
        Credentials own = task.credentials();
        if (!own.noNewPrivileges() && !own.has(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EACCES.exception();
        }
        if (program.filter() == 0) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes =
                task.user().copyIn(program.filter(), program.length() * (int) SockFilter.SIZE);
        long[] instructions = MemorySegment.ofArray(bytes).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
        Filter.check(instructions);
        return instructions;
    }

    private static void checkNoFlags(int flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static boolean isAction(int action) {
        return switch (action) {
            case Seccomp.SECCOMP_RET_KILL_PROCESS,
                    Seccomp.SECCOMP_RET_KILL_THREAD,
                    Seccomp.SECCOMP_RET_TRAP,
                    Seccomp.SECCOMP_RET_ERRNO,
                    Seccomp.SECCOMP_RET_USER_NOTIF,
                    Seccomp.SECCOMP_RET_TRACE,
                    Seccomp.SECCOMP_RET_LOG,
                    Seccomp.SECCOMP_RET_ALLOW ->
                    true;
            default -> false;
        };
    }

    private static void writeSizes(Task task, long userAddr) {
        MemorySegment sizes = MemorySegment.ofArray(new byte[SIZES_BYTES]);
        sizes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) SeccompNotif.SIZE);
        sizes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, (short) SeccompNotifResp.SIZE);
        sizes.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) SeccompData.SIZE);
        task.user().copyOut(userAddr, sizes, 0, SIZES_BYTES);
    }
}
