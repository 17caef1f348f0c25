package dev.moat.abi;

/**
 * Numbers of bpf(2): commands, programs and instructions.
 *
 * <p>Source: include/uapi/linux/bpf.h, bpf_common.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
public final class Bpf {
    public static final int BPF_MAP_CREATE = 0;
    public static final int BPF_PROG_LOAD = 5;
    public static final int BPF_PROG_ATTACH = 8;
    public static final int BPF_PROG_DETACH = 9;
    public static final int BPF_PROG_TEST_RUN = 10;
    public static final int BPF_PROG_GET_NEXT_ID = 11;
    public static final int BPF_MAP_GET_NEXT_ID = 12;
    public static final int BPF_PROG_GET_FD_BY_ID = 13;
    public static final int BPF_MAP_GET_FD_BY_ID = 14;
    public static final int BPF_OBJ_GET_INFO_BY_FD = 15;
    public static final int BPF_PROG_QUERY = 16;
    public static final int BPF_BTF_GET_FD_BY_ID = 19;
    public static final int BPF_BTF_GET_NEXT_ID = 23;
    public static final int BPF_LINK_CREATE = 28;
    public static final int BPF_LINK_UPDATE = 29;
    public static final int BPF_LINK_GET_FD_BY_ID = 30;
    public static final int BPF_LINK_GET_NEXT_ID = 31;
    public static final int BPF_LINK_DETACH = 34;

    public static final int BPF_PROG_TYPE_SOCKET_FILTER = 1;
    public static final int BPF_PROG_TYPE_CGROUP_SKB = 8;
    public static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;

    public static final int BPF_CGROUP_DEVICE = 6;

    public static final int BPF_F_ALLOW_OVERRIDE = 1;
    public static final int BPF_F_ALLOW_MULTI = 1 << 1;
    public static final int BPF_F_REPLACE = 1 << 2;
    public static final int BPF_F_QUERY_EFFECTIVE = 1;

    public static final int BPF_F_STRICT_ALIGNMENT = 1;
    public static final int BPF_F_ANY_ALIGNMENT = 1 << 1;
    public static final int BPF_F_TEST_RND_HI32 = 1 << 2;
    public static final int BPF_F_TEST_STATE_FREQ = 1 << 3;
    public static final int BPF_F_SLEEPABLE = 1 << 4;
    public static final int BPF_F_XDP_HAS_FRAGS = 1 << 5;

    public static final int BPF_DEVCG_ACC_MKNOD = 1;
    public static final int BPF_DEVCG_ACC_READ = 1 << 1;
    public static final int BPF_DEVCG_ACC_WRITE = 1 << 2;
    public static final int BPF_DEVCG_DEV_BLOCK = 1;
    public static final int BPF_DEVCG_DEV_CHAR = 1 << 1;

    public static final int BPF_OBJ_NAME_LEN = 16;
    public static final int BPF_TAG_SIZE = 8;

    public static final int BPF_FUNC_ktime_get_ns = 5;
    public static final int BPF_FUNC_get_prandom_u32 = 7;
    public static final int BPF_FUNC_get_smp_processor_id = 8;
    public static final int BPF_FUNC_get_current_pid_tgid = 14;
    public static final int BPF_FUNC_get_current_uid_gid = 15;
    public static final int BPF_FUNC_get_current_cgroup_id = 80;
    public static final int BPF_FUNC_ktime_get_boot_ns = 125;
    public static final int BPF_FUNC_get_retval = 186;
    public static final int BPF_FUNC_set_retval = 187;

    public static final int BPF_LD = 0x00;
    public static final int BPF_LDX = 0x01;
    public static final int BPF_ST = 0x02;
    public static final int BPF_STX = 0x03;
    public static final int BPF_ALU = 0x04;
    public static final int BPF_JMP = 0x05;
    public static final int BPF_JMP32 = 0x06;
    public static final int BPF_ALU64 = 0x07;

    public static final int BPF_W = 0x00;
    public static final int BPF_H = 0x08;
    public static final int BPF_B = 0x10;
    public static final int BPF_DW = 0x18;

    public static final int BPF_IMM = 0x00;
    public static final int BPF_ABS = 0x20;
    public static final int BPF_IND = 0x40;
    public static final int BPF_MEM = 0x60;
    public static final int BPF_ATOMIC = 0xc0;

    public static final int BPF_K = 0x00;
    public static final int BPF_X = 0x08;

    public static final int BPF_ADD = 0x00;
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
    public static final int BPF_MOV = 0xb0;
    public static final int BPF_ARSH = 0xc0;
    public static final int BPF_END = 0xd0;

    public static final int BPF_JA = 0x00;
    public static final int BPF_JEQ = 0x10;
    public static final int BPF_JGT = 0x20;
    public static final int BPF_JGE = 0x30;
    public static final int BPF_JSET = 0x40;
    public static final int BPF_JNE = 0x50;
    public static final int BPF_JSGT = 0x60;
    public static final int BPF_JSGE = 0x70;
    public static final int BPF_CALL = 0x80;
    public static final int BPF_EXIT = 0x90;
    public static final int BPF_JLT = 0xa0;
    public static final int BPF_JLE = 0xb0;
    public static final int BPF_JSLT = 0xc0;
    public static final int BPF_JSLE = 0xd0;

    private Bpf() {}
}
