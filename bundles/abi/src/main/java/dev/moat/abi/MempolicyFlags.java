package dev.moat.abi;

/**
 * Policies and flags of {@code mbind(2)} and {@code set_mempolicy(2)}.
 *
 * <p>Source: include/uapi/linux/mempolicy.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/set_mempolicy.2.html">set_mempolicy(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/mbind.2.html">mbind(2)</a>
 */
public final class MempolicyFlags {
    public static final int MPOL_DEFAULT = 0;
    public static final int MPOL_PREFERRED = 1;
    public static final int MPOL_BIND = 2;
    public static final int MPOL_INTERLEAVE = 3;
    public static final int MPOL_LOCAL = 4;
    public static final int MPOL_PREFERRED_MANY = 5;
    public static final int MPOL_WEIGHTED_INTERLEAVE = 6;

    public static final int MPOL_F_STATIC_NODES = 0x8000;
    public static final int MPOL_F_RELATIVE_NODES = 0x4000;
    public static final int MPOL_F_NUMA_BALANCING = 0x2000;
    public static final int MPOL_F_NODE = 0x1;
    public static final int MPOL_F_ADDR = 0x2;
    public static final int MPOL_F_MEMS_ALLOWED = 0x4;
    public static final int MPOL_MF_STRICT = 0x1;
    public static final int MPOL_MF_MOVE = 0x2;
    public static final int MPOL_MF_MOVE_ALL = 0x4;

    private MempolicyFlags() {}
}
