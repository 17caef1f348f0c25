package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.__NR_mprotect;

import dev.moat.api.host.HostResult;
import java.lang.foreign.MemorySegment;

/**
 * Reads the CPU's time stamp counter, which Java has no word for: a few bytes of machine code on a
 * page of their own.
 *
 * <p>SAFETY: the page is written before it becomes executable and never afterwards; it stays mapped
 * as long as the kernel host lives, so that no caller can find it gone. The code touches no memory
 * and only registers that a called function may change.
 */
final class TimestampCounter {
    private static final int PAGE_BYTES = 4096;
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXECUTE = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final String CLOCK_SOURCE =
            "/sys/devices/system/clocksource/clocksource0/current_clocksource";

    private static final byte[] CODE = {
        0x0f,
        (byte) 0xae,
        (byte) 0xe8, // lfence
        0x0f,
        0x31, // rdtsc
        0x48,
        (byte) 0xc1,
        (byte) 0xe2,
        0x20, // shl $32, %rdx
        0x48,
        0x09,
        (byte) 0xd0, // or %rdx, %rax
        (byte) 0xc3, // ret
    };

    private final NativeCalls calls;

    /** Address of the code; 0 where the counter is not to be used. */
    private final long code;

    private TimestampCounter(NativeCalls calls, long code) {
        this.calls = calls;
        this.code = code;
    }

    static TimestampCounter open(HostContext context) {
        // The host kernel watches the counters of all CPUs and gives them up when they drift apart.
        boolean trusted =
                ProcFile.read(context, CLOCK_SOURCE)
                        .map(name -> name.strip().equals("tsc"))
                        .orElse(false);
        return new TimestampCounter(context.calls(), trusted ? writeCode(context.calls()) : 0);
    }

    /** The counter, 0 where it is not to be used. */
    long read() {
        return code == 0 ? 0 : calls.word(code);
    }

    private static long writeCode(NativeCalls calls) {
        long page =
                HostResult.orThrow(
                        calls.mmap(0, PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
        MemorySegment memory = MemorySegment.ofAddress(page).reinterpret(PAGE_BYTES);
        MemorySegment.copy(MemorySegment.ofArray(CODE), 0, memory, 0, CODE.length);
        boolean refused = calls.call(__NR_mprotect, page, PAGE_BYTES, PROT_READ_EXECUTE) < 0;
        return refused ? 0 : page;
    }
}
