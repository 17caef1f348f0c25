package dev.moat.task.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Prctl;
import dev.moat.abi.Signals;
import dev.moat.api.mm.HugePageUse;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.CredentialChange;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.UserDispatch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code prctl(2)}. Others are in {@link PrivilegePrctl} and {@link LayoutPrctl}. */
final class PrctlCalls {
    private static final long PAGE_BYTES = 4096;

    /** Names of anonymous memory: 80 bytes with the NUL; mm/madvise.c ANON_VMA_NAME_MAX_LEN. */
    private static final int VMA_NAME_LIMIT = 80;

    private final PrivilegePrctl privileges = new PrivilegePrctl();
    private final LayoutPrctl layout = new LayoutPrctl();

    @Syscall(
            nr = 157,
            name = "prctl",
            support = Support.PARTIAL,
            note =
                    "No core scheduling, as a kernel without it (EINVAL). Timer slack is kept, not"
                            + " applied.")
    long prctl(Task task, int operation, long arg2, long arg3, long arg4, long arg5) {
        GuestTask guest = GuestTask.of(task);
        return switch (operation) {
            case Prctl.PR_SET_PDEATHSIG -> setDeathSignal(guest, arg2);
            case Prctl.PR_GET_PDEATHSIG -> writeInt(task, arg2, guest.parentDeathSignal());
            case Prctl.PR_GET_DUMPABLE -> guest.group().dumpable();
            case Prctl.PR_SET_DUMPABLE -> setDumpable(guest, arg2);
            case Prctl.PR_SET_NAME -> setName(task, arg2);
            case Prctl.PR_GET_NAME -> getName(task, arg2);
            case Prctl.PR_GET_TIMING -> Prctl.PR_TIMING_STATISTICAL;
            case Prctl.PR_SET_TIMING -> {
                if (arg2 != Prctl.PR_TIMING_STATISTICAL) {
                    throw Errno.EINVAL.exception();
                }
                yield 0;
            }
            case Prctl.PR_GET_TSC -> writeInt(task, arg2, Prctl.PR_TSC_ENABLE);
            case Prctl.PR_SET_TSC -> {
                if (arg2 != Prctl.PR_TSC_ENABLE) {
                    throw Errno.EINVAL.exception();
                }
                yield 0;
            }
            // A task that cannot have counters has none to switch.
            case Prctl.PR_TASK_PERF_EVENTS_DISABLE, Prctl.PR_TASK_PERF_EVENTS_ENABLE -> 0;
            case Prctl.PR_SET_TIMERSLACK -> {
                guest.setTimerSlackNs(arg2);
                yield 0;
            }
            case Prctl.PR_GET_TIMERSLACK -> guest.timerSlackNs();
            case Prctl.PR_SET_CHILD_SUBREAPER -> {
                guest.group().setSubreaper(arg2 != 0);
                yield 0;
            }
            case Prctl.PR_GET_CHILD_SUBREAPER ->
                    writeInt(task, arg2, guest.group().isSubreaper() ? 1 : 0);
            case Prctl.PR_SET_NO_NEW_PRIVS -> setNoNewPrivileges(guest, arg2, arg3, arg4, arg5);
            case Prctl.PR_GET_NO_NEW_PRIVS -> {
                checkZero(arg2, arg3, arg4, arg5);
                yield task.credentials().noNewPrivileges() ? 1 : 0;
            }
            case Prctl.PR_GET_TID_ADDRESS -> {
                task.user().writeLong(arg2, guest.futexOwner().clearTidAddr());
                yield 0;
            }
            case Prctl.PR_GET_THP_DISABLE -> {
                checkZero(arg2, arg3, arg4, arg5);
                yield switch (task.memory().hugePageUse()) {
                    case ALLOWED -> 0;
                    case ADVISED -> 1 | Prctl.PR_THP_DISABLE_EXCEPT_ADVISED;
                    case NONE -> 1;
                };
            }
            case Prctl.PR_SET_THP_DISABLE -> {
                // Flags say what is to be left when huge pages are switched off.
                checkZero(arg4, arg5, arg3 & ~Prctl.PR_THP_DISABLE_EXCEPT_ADVISED, 0);
                checkZero(arg2 == 0 ? arg3 : 0, 0, 0, 0);
                HugePageUse left = arg3 == 0 ? HugePageUse.NONE : HugePageUse.ADVISED;
                task.memory().setHugePageUse(arg2 == 0 ? HugePageUse.ALLOWED : left);
                yield 0;
            }
            case Prctl.PR_GET_SECCOMP -> guest.filters().mode();
            case Prctl.PR_SET_SECCOMP -> SeccompCalls.setMode(task, arg2, arg3);
            case Prctl.PR_SET_SYSCALL_USER_DISPATCH -> setDispatch(guest, arg2, arg3, arg4, arg5);
            case Prctl.PR_SET_MM -> layout.set(guest, arg2, arg3, arg4, arg5);
            case Prctl.PR_SET_VMA -> nameMemory(task, arg2, arg3, arg4, arg5);
            case Prctl.PR_GET_IO_FLUSHER, Prctl.PR_SET_IO_FLUSHER -> throw Errno.EPERM.exception();
            default -> privileges.run(guest, operation, arg2, arg3, arg4, arg5);
        };
    }

    private static long setDispatch(
            GuestTask task, long mode, long start, long length, long selectorAddr) {
        task.filters().setDispatch(UserDispatch.of(mode, start, length, selectorAddr));
        return 0;
    }

    private static long setDeathSignal(GuestTask task, long signal) {
        if (signal != 0 && (signal < 0 || signal > Signals._NSIG)) {
            throw Errno.EINVAL.exception();
        }
        task.setParentDeathSignal((int) signal);
        return 0;
    }

    private static long setDumpable(GuestTask task, long value) {
        if (value != Prctl.SUID_DUMP_DISABLE && value != Prctl.SUID_DUMP_USER) {
            throw Errno.EINVAL.exception();
        }
        task.group().setDumpable((int) value);
        return 0;
    }

    /** The name is cut after 15 bytes, whatever follows. */
    private static long setName(Task task, long nameAddr) {
        StringBuilder name = new StringBuilder(Prctl.TASK_COMM_LEN);
        for (int i = 0; i < Prctl.TASK_COMM_LEN - 1; i++) {
            int character = task.user().readByte(nameAddr + i) & 0xff;
            if (character == 0) {
                break;
            }
            name.append((char) character);
        }
        task.setName(name.toString());
        return 0;
    }

    private static long getName(Task task, long nameAddr) {
        byte[] name = task.name().getBytes(StandardCharsets.ISO_8859_1);
        byte[] padded = Arrays.copyOf(name, Prctl.TASK_COMM_LEN);
        task.user().copyOut(nameAddr, padded);
        return 0;
    }

    private static long setNoNewPrivileges(
            GuestTask task, long arg2, long arg3, long arg4, long arg5) {
        checkZero(arg3, arg4, arg5, 0);
        if (arg2 != 1) {
            throw Errno.EINVAL.exception();
        }
        CredentialChange change = new CredentialChange(task.credentials());
        change.noNewPrivileges = true;
        change.apply(task);
        return 0;
    }

    private static long nameMemory(Task task, long what, long start, long length, long nameAddr) {
        if (what != Prctl.PR_SET_VMA_ANON_NAME || (start & PAGE_BYTES - 1) != 0 || length < 0) {
            throw Errno.EINVAL.exception();
        }
        String name = "";
        if (nameAddr != 0) {
            name = readMemoryName(task, nameAddr);
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if (c < 0x20 || c > 0x7e || "\\`$[]".indexOf(c) >= 0) {
                    throw Errno.EINVAL.exception();
                }
            }
        }
        task.memory().control().setName(start, length, name);
        return 0;
    }

    private static String readMemoryName(Task task, long nameAddr) {
        try {
            return task.user().readString(nameAddr, VMA_NAME_LIMIT);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.ENAMETOOLONG ? Errno.EINVAL.exception() : e;
        }
    }

    private static long writeInt(Task task, long addr, int value) {
        task.user().writeInt(addr, value);
        return 0;
    }

    private static void checkZero(long a, long b, long c, long d) {
        if ((a | b | c | d) != 0) {
            throw Errno.EINVAL.exception();
        }
    }
}
