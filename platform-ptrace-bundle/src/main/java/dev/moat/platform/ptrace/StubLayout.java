package dev.moat.platform.ptrace;

import dev.moat.lib.stub.GuestRange;

/** Where the stub's own pages are, and numbers that its code and the kernel host share. */
final class StubLayout {
    static final long PAGE_BYTES = 4096;

    /** Read-only page with lists of system calls, one per space. */
    static final long CONTROL_PAGE = GuestRange.USER_END - PAGE_BYTES;

    /** Stub code. */
    static final long CODE_PAGE = CONTROL_PAGE - PAGE_BYTES;

    /** First address that guests cannot map. */
    static final long GUEST_END = GuestRange.END;

    static final long GUEST_START = GuestRange.START;

    /** Descriptors of a stub process: the sandbox's memory file, the session's control file. */
    static final int MEMORY_FD = 0;

    static final int CONTROL_FD = 1;

    /** The ELF image itself; open during set-up only. */
    static final int IMAGE_FD = 2;

    private StubLayout() {}
}
