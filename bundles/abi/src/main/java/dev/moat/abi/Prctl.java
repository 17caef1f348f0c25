package dev.moat.abi;

/**
 * Operations of {@code prctl(2)}.
 *
 * <p>Source: include/uapi/linux/prctl.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/prctl.2.html">prctl(2)</a>
 */
public final class Prctl {
    // Operations, in the order of their numbers; each is followed in the manual by its arguments.
    public static final int PR_SET_PDEATHSIG = 1;
    public static final int PR_GET_PDEATHSIG = 2;
    public static final int PR_GET_DUMPABLE = 3;
    public static final int PR_SET_DUMPABLE = 4;
    public static final int PR_GET_UNALIGN = 5;
    public static final int PR_SET_UNALIGN = 6;
    public static final int PR_GET_KEEPCAPS = 7;
    public static final int PR_SET_KEEPCAPS = 8;
    public static final int PR_GET_FPEMU = 9;
    public static final int PR_SET_FPEMU = 10;
    public static final int PR_GET_FPEXC = 11;
    public static final int PR_SET_FPEXC = 12;
    public static final int PR_GET_TIMING = 13;
    public static final int PR_SET_TIMING = 14;
    public static final int PR_SET_NAME = 15;
    public static final int PR_GET_NAME = 16;
    public static final int PR_GET_ENDIAN = 19;
    public static final int PR_SET_ENDIAN = 20;
    public static final int PR_GET_SECCOMP = 21;
    public static final int PR_SET_SECCOMP = 22;
    public static final int PR_CAPBSET_READ = 23;
    public static final int PR_CAPBSET_DROP = 24;
    public static final int PR_GET_TSC = 25;
    public static final int PR_SET_TSC = 26;
    public static final int PR_GET_SECUREBITS = 27;
    public static final int PR_SET_SECUREBITS = 28;
    public static final int PR_SET_TIMERSLACK = 29;
    public static final int PR_GET_TIMERSLACK = 30;
    public static final int PR_TASK_PERF_EVENTS_DISABLE = 31;
    public static final int PR_TASK_PERF_EVENTS_ENABLE = 32;
    public static final int PR_MCE_KILL = 33;
    public static final int PR_SET_MM = 35;
    public static final int PR_SET_CHILD_SUBREAPER = 36;
    public static final int PR_GET_CHILD_SUBREAPER = 37;
    public static final int PR_SET_NO_NEW_PRIVS = 38;
    public static final int PR_GET_NO_NEW_PRIVS = 39;
    public static final int PR_GET_TID_ADDRESS = 40;
    public static final int PR_SET_THP_DISABLE = 41;
    public static final int PR_GET_THP_DISABLE = 42;
    public static final int PR_THP_DISABLE_EXCEPT_ADVISED = 2;
    public static final int PR_SET_FP_MODE = 45;
    public static final int PR_GET_FP_MODE = 46;
    public static final int PR_CAP_AMBIENT = 47;
    public static final int PR_GET_SPECULATION_CTRL = 52;
    public static final int PR_SET_SPECULATION_CTRL = 53;
    public static final int PR_SET_TAGGED_ADDR_CTRL = 55;
    public static final int PR_GET_TAGGED_ADDR_CTRL = 56;
    public static final int PR_SET_IO_FLUSHER = 57;
    public static final int PR_GET_IO_FLUSHER = 58;
    public static final int PR_SET_SYSCALL_USER_DISPATCH = 59;
    public static final int PR_SET_VMA = 1398164801;
    public static final int PR_SET_PTRACER = 1499557217;

    // PR_SET_PTRACER.
    public static final long PR_SET_PTRACER_ANY = -1L;

    // PR_SET_MM.
    public static final int PR_SET_MM_START_CODE = 1;
    public static final int PR_SET_MM_END_CODE = 2;
    public static final int PR_SET_MM_START_DATA = 3;
    public static final int PR_SET_MM_END_DATA = 4;
    public static final int PR_SET_MM_START_STACK = 5;
    public static final int PR_SET_MM_START_BRK = 6;
    public static final int PR_SET_MM_BRK = 7;
    public static final int PR_SET_MM_ARG_START = 8;
    public static final int PR_SET_MM_ARG_END = 9;
    public static final int PR_SET_MM_ENV_START = 10;
    public static final int PR_SET_MM_ENV_END = 11;
    public static final int PR_SET_MM_AUXV = 12;
    public static final int PR_SET_MM_EXE_FILE = 13;
    public static final int PR_SET_MM_MAP = 14;
    public static final int PR_SET_MM_MAP_SIZE = 15;

    // PR_MCE_KILL.
    public static final int PR_MCE_KILL_CLEAR = 0;
    public static final int PR_MCE_KILL_LATE = 0;
    public static final int PR_MCE_KILL_EARLY = 1;
    public static final int PR_MCE_KILL_SET = 1;
    public static final int PR_MCE_KILL_DEFAULT = 2;

    // PR_CAP_AMBIENT.
    public static final int PR_CAP_AMBIENT_IS_SET = 1;
    public static final int PR_CAP_AMBIENT_RAISE = 2;
    public static final int PR_CAP_AMBIENT_LOWER = 3;
    public static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    // PR_SET_UNALIGN, PR_SET_TSC, PR_SET_TIMING, PR_SET_ENDIAN, PR_SET_FPEMU.
    public static final int PR_TIMING_STATISTICAL = 0;
    public static final int PR_TIMING_TIMESTAMP = 1;
    public static final int PR_TSC_ENABLE = 1;
    public static final int PR_UNALIGN_NOPRINT = 1;
    public static final int PR_TSC_SIGSEGV = 2;
    public static final int PR_UNALIGN_SIGBUS = 2;

    // PR_SET_SPECULATION_CTRL.
    public static final int PR_SPEC_NOT_AFFECTED = 0;
    public static final int PR_SPEC_STORE_BYPASS = 0;
    public static final int PR_SPEC_INDIRECT_BRANCH = 1;
    public static final int PR_SPEC_PRCTL = 1;
    public static final int PR_SPEC_ENABLE = 2;
    public static final int PR_SPEC_L1D_FLUSH = 2;
    public static final int PR_SPEC_DISABLE = 4;
    public static final int PR_SPEC_FORCE_DISABLE = 8;
    public static final int PR_SPEC_DISABLE_NOEXEC = 16;

    // PR_SCHED_CORE.
    public static final int PR_SCHED_CORE_GET = 0;
    public static final int PR_SCHED_CORE_SCOPE_THREAD = 0;
    public static final int PR_SCHED_CORE_CREATE = 1;
    public static final int PR_SCHED_CORE_SCOPE_THREAD_GROUP = 1;
    public static final int PR_SCHED_CORE_SCOPE_PROCESS_GROUP = 2;
    public static final int PR_SCHED_CORE_SHARE_TO = 2;
    public static final int PR_SCHED_CORE_SHARE_FROM = 3;
    public static final int PR_SCHED_CORE_MAX = 4;
    public static final int PR_SCHED_CORE = 62;

    // PR_SET_SYSCALL_USER_DISPATCH.
    public static final int PR_SYS_DISPATCH_OFF = 0;
    public static final int PR_SYS_DISPATCH_ON = 1;
    public static final int PR_SYS_DISPATCH_EXCLUSIVE_ON = 1;
    public static final int PR_SYS_DISPATCH_INCLUSIVE_ON = 2;
    public static final int SYSCALL_DISPATCH_FILTER_ALLOW = 0;
    public static final int SYSCALL_DISPATCH_FILTER_BLOCK = 1;

    // PR_SET_VMA.
    public static final int PR_SET_VMA_ANON_NAME = 0;

    // Newer than 6.1.
    public static final int PR_SET_MDWE = 65;
    public static final int PR_GET_MDWE = 66;
    public static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;
    public static final int PR_MDWE_NO_INHERIT = 2;
    public static final int PR_SET_MEMORY_MERGE = 67;
    public static final int PR_GET_MEMORY_MERGE = 68;
    public static final int PR_GET_SHADOW_STACK_STATUS = 74;
    public static final int PR_SET_SHADOW_STACK_STATUS = 75;
    public static final int PR_LOCK_SHADOW_STACK_STATUS = 76;
    public static final int PR_TIMER_CREATE_RESTORE_IDS = 77;
    public static final int PR_FUTEX_HASH = 78;

    // PR_GET_DUMPABLE, PR_SET_DUMPABLE: SUID_DUMP_*, linux/sched/coredump.h.
    public static final int SUID_DUMP_DISABLE = 0;
    public static final int SUID_DUMP_USER = 1;
    public static final int SUID_DUMP_ROOT = 2;

    // securebits(7).
    public static final int SECBIT_NOROOT = 0x1;
    public static final int SECBIT_NOROOT_LOCKED = 0x2;
    public static final int SECBIT_NO_SETUID_FIXUP = 0x4;
    public static final int SECBIT_NO_SETUID_FIXUP_LOCKED = 0x8;
    public static final int SECBIT_KEEP_CAPS = 0x10;
    public static final int SECBIT_KEEP_CAPS_LOCKED = 0x20;
    public static final int SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
    public static final int SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80;

    // Size of the name of PR_SET_NAME, with the final zero.
    public static final int TASK_COMM_LEN = 16;

    private Prctl() {}
}
