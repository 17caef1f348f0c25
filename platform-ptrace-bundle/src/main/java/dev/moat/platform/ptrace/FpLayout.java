package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostResult;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The floating-point state of this machine's user mode, as a process has it that has asked for no
 * more: arch/x86/kernel/fpu/xstate.c, default_size and default_features.
 *
 * @param bytes size of the XSAVE image
 * @param features XCR0 bits that a process may use
 * @param registerSetBytes size of NT_X86_XSTATE, which may have more behind the image
 */
record FpLayout(int bytes, long features, int registerSetBytes) {
    private static final int NT_X86_XSTATE = 0x202;

    /** More than any: AMX brings it to 11 KB. */
    private static final int MAX_BYTES = 64 * 1024;

    /** Tiles of AMX, behind all else: only for those who ask (ARCH_REQ_XCOMP_PERM). */
    private static final long TILE_DATA = 1L << 18;

    private static final int TILE_DATA_BYTES = 8192;

    /**
     * Software-reserved bytes of the image hold XCR0: arch/x86/include/uapi/asm/sigcontext.h,
     * user_xstateregs.
     */
    private static final int XCR0_AT = 464;

    /** Asks a stopped stub thread. */
    static FpLayout of(HostProcesses host, Tracee thread) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment image = arena.allocate(MAX_BYTES, 64);
            int bytes =
                    HostResult.orThrow(
                            host.traceGetRegisterSet(thread.tid(), NT_X86_XSTATE, image));
            return of(bytes, image.get(JAVA_LONG, XCR0_AT));
        }
    }

    private static FpLayout of(int bytes, long features) {
        boolean tiles = (features & TILE_DATA) != 0;
        return new FpLayout(tiles ? bytes - TILE_DATA_BYTES : bytes, features & ~TILE_DATA, bytes);
    }
}
