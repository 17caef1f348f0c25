package dev.moat.platform.ptrace;

/** Where the stub's own pages are, and numbers that its code and the kernel host share. */
final class StubLayout {
    static final long PAGE_BYTES = 4096;

    /** {@code TASK_SIZE_MAX} with 4-level page tables, arch/x86/include/asm/page_64_types.h. */
    private static final long USER_END = (1L << 47) - PAGE_BYTES;

    /** Read-only page with lists of system calls, one per space. */
    static final long CONTROL_PAGE = USER_END - PAGE_BYTES;

    /** Stub code. */
    static final long CODE_PAGE = CONTROL_PAGE - PAGE_BYTES;

    /** First address that guests cannot map. */
    static final long GUEST_END = CODE_PAGE;

    /**
     * {@code vm.mmap_min_addr} as distributions set it; the host refuses less without
     * CAP_SYS_RAWIO.
     */
    static final long GUEST_START = 65536;

    /** Descriptors of a stub process: the sandbox's memory file, the session's control file. */
    static final int MEMORY_FD = 0;

    static final int CONTROL_FD = 1;

    /** The ELF image itself; open during set-up only. */
    static final int IMAGE_FD = 2;

    private StubLayout() {}
}
