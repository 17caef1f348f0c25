package dev.moat.platform.ptrace;

import dev.moat.api.platform.Access;

/**
 * Tells what an instruction that faulted wanted: ptrace gives the address of a fault but not the error code.
 */
final class AccessDecoder {
    /** Longest x86 instruction. */
    private static final int MAX_INSTRUCTION_BYTES = 15;

    private final Tracee thread;

    AccessDecoder(Tracee thread) {
        this.thread = thread;
    }

    Access accessAt(long rip, long address) {
        boolean fetch = address == rip || crossesInto(rip, address);
        return fetch ? Access.EXECUTE : Access.UNKNOWN;
    }

    /** Whether the fault may be the fetch of an instruction's second half, on the next page. */
    private static boolean crossesInto(long rip, long address) {
        return (address & (StubLayout.PAGE_BYTES - 1)) == 0
                && address > rip
                && address - rip < MAX_INSTRUCTION_BYTES;
    }
}
