package dev.moat.abi;

/**
 * Numbers of {@code seccomp(2)} and of its filter language, classic BPF.
 *
 * <p>Source: include/uapi/linux/seccomp.h, linux/bpf_common.h, linux/audit.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp(2)</a>
 */
public final class Seccomp {
    // Modes of PR_GET_SECCOMP.
    public static final int SECCOMP_MODE_DISABLED = 0;
    public static final int SECCOMP_MODE_STRICT = 1;
    public static final int SECCOMP_MODE_FILTER = 2;

    // Operations.
    public static final int SECCOMP_SET_MODE_STRICT = 0;
    public static final int SECCOMP_SET_MODE_FILTER = 1;
    public static final int SECCOMP_GET_ACTION_AVAIL = 2;
    public static final int SECCOMP_GET_NOTIF_SIZES = 3;

    // SECCOMP_SET_MODE_FILTER.
    public static final long SECCOMP_FILTER_FLAG_TSYNC = 0x1L;
    public static final long SECCOMP_FILTER_FLAG_LOG = 0x2L;
    public static final long SECCOMP_FILTER_FLAG_SPEC_ALLOW = 0x4L;
    public static final long SECCOMP_FILTER_FLAG_NEW_LISTENER = 0x8L;
    public static final long SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10L;
    public static final long SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20L;

    // Answers of a filter.
    public static final int SECCOMP_RET_KILL = 0x0;
    public static final int SECCOMP_RET_KILL_THREAD = 0x0;
    public static final int SECCOMP_RET_DATA = 0xffff;
    public static final int SECCOMP_RET_TRAP = 0x30000;
    public static final int SECCOMP_RET_ERRNO = 0x50000;
    public static final int SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    public static final int SECCOMP_RET_TRACE = 0x7ff00000;
    public static final int SECCOMP_RET_LOG = 0x7ffc0000;
    public static final int SECCOMP_RET_ACTION = 0x7fff0000;
    public static final int SECCOMP_RET_ALLOW = 0x7fff0000;
    public static final int SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public static final int SECCOMP_RET_ACTION_FULL = 0xffff0000;

    // Notification.
    public static final int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 0x1;
    public static final int SECCOMP_ADDFD_FLAG_SETFD = 0x1;
    public static final int SECCOMP_ADDFD_FLAG_SEND = 0x2;
    public static final int SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
    public static final int SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
    public static final int SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
    public static final int SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
    public static final int SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;
    public static final long SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 0x1L;

    // Filter programs.
    public static final int BPF_MAXINSNS = 4096;
    public static final int BPF_MEMWORDS = 16;

    // Instruction class, size, mode, operation, source.
    public static final int BPF_LD = 0x0;
    public static final int BPF_LDX = 0x1;
    public static final int BPF_ST = 0x2;
    public static final int BPF_STX = 0x3;
    public static final int BPF_ALU = 0x4;
    public static final int BPF_JMP = 0x5;
    public static final int BPF_RET = 0x6;
    public static final int BPF_MISC = 0x7;
    public static final int BPF_W = 0x0;
    public static final int BPF_H = 0x8;
    public static final int BPF_B = 0x10;
    public static final int BPF_IMM = 0x0;
    public static final int BPF_ABS = 0x20;
    public static final int BPF_IND = 0x40;
    public static final int BPF_MEM = 0x60;
    public static final int BPF_LEN = 0x80;
    public static final int BPF_MSH = 0xa0;
    public static final int BPF_ADD = 0x0;
    public static final int BPF_SUB = 0x10;
    public static final int BPF_MUL = 0x20;
    public static final int BPF_DIV = 0x30;
    public static final int BPF_OR = 0x40;
    public static final int BPF_AND = 0x50;
    public static final int BPF_LSH = 0x60;
    public static final int BPF_RSH = 0x70;
    public static final int BPF_NEG = 0x80;
    public static final int BPF_MOD = 0x90;
    public static final int BPF_XOR = 0xa0;
    public static final int BPF_JA = 0x0;
    public static final int BPF_JEQ = 0x10;
    public static final int BPF_JGT = 0x20;
    public static final int BPF_JGE = 0x30;
    public static final int BPF_JSET = 0x40;
    public static final int BPF_K = 0x0;
    public static final int BPF_X = 0x8;
    public static final int BPF_A = 0x10;
    public static final int BPF_TAX = 0x0;
    public static final int BPF_TXA = 0x80;

    // The architecture of struct seccomp_data.
    public static final int AUDIT_ARCH_X86_64 = 0xc000003e;
    public static final int AUDIT_ARCH_I386 = 0x40000003;

    private Seccomp() {}
}
