package dev.moat.abi;

/**
 * Operations of {@code arch_prctl(2)} on x86-64.
 *
 * <p>Source: arch/x86/include/uapi/asm/prctl.h.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/arch_prctl.2.html">arch_prctl(2)</a>
 */
public final class ArchPrctl {
    public static final int ARCH_SET_GS = 0x1001;
    public static final int ARCH_SET_FS = 0x1002;
    public static final int ARCH_GET_FS = 0x1003;
    public static final int ARCH_GET_GS = 0x1004;
    public static final int ARCH_GET_CPUID = 0x1011;
    public static final int ARCH_SET_CPUID = 0x1012;
    public static final int ARCH_GET_XCOMP_SUPP = 0x1021;
    public static final int ARCH_GET_XCOMP_PERM = 0x1022;
    public static final int ARCH_REQ_XCOMP_PERM = 0x1023;
    public static final int ARCH_GET_XCOMP_GUEST_PERM = 0x1024;
    public static final int ARCH_REQ_XCOMP_GUEST_PERM = 0x1025;
    public static final int ARCH_MAP_VDSO_X32 = 0x2001;
    public static final int ARCH_MAP_VDSO_32 = 0x2002;
    public static final int ARCH_MAP_VDSO_64 = 0x2003;

    // Newer than 6.1.
    public static final int ARCH_GET_UNTAG_MASK = 0x4001;
    public static final int ARCH_ENABLE_TAGGED_ADDR = 0x4002;
    public static final int ARCH_GET_MAX_TAG_BITS = 0x4003;
    public static final int ARCH_FORCE_TAGGED_SVA = 0x4004;
    public static final int ARCH_SHSTK_ENABLE = 0x5001;
    public static final int ARCH_SHSTK_DISABLE = 0x5002;
    public static final int ARCH_SHSTK_LOCK = 0x5003;
    public static final int ARCH_SHSTK_UNLOCK = 0x5004;
    public static final int ARCH_SHSTK_STATUS = 0x5005;

    private ArchPrctl() {}
}
