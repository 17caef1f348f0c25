package dev.moat.lib.stub;

/**
 * What guests may map of a stub's address space: the same on every platform with stubs, so that a
 * sandbox can move from one to another.
 */
public final class GuestRange {
    /**
     * {@code vm.mmap_min_addr} as distributions set it; the host refuses less without
     * CAP_SYS_RAWIO.
     */
    public static final long START = 65536;

    /** {@code TASK_SIZE_MAX} with 4-level page tables, arch/x86/include/asm/page_64_types.h. */
    public static final long USER_END = (1L << 47) - 4096;

    /** Behind it, one gigabyte is the stub's own. */
    public static final long END = (1L << 47) - (1L << 30);

    private GuestRange() {}
}
