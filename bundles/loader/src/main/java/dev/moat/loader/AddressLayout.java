package dev.moat.loader;

import static dev.moat.abi.MemoryFlags.PAGE_SHIFT;
import static dev.moat.abi.MemoryFlags.TASK_SIZE_MAX;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Where the parts of one image go: address space layout randomisation as Linux does it on x86-64,
 * from random bytes that are given. With zeros it is the layout that ADDR_NO_RANDOMIZE gives.
 */
final class AddressLayout {
    /** Random bytes that one image needs. */
    static final int RANDOM_BYTES = 32;

    /** 28 bits of pages: CONFIG_ARCH_MMAP_RND_BITS of x86-64. */
    private static final long MMAP_RANDOM_PAGES = (1L << 28) - 1;

    /** 22 bits of pages: stack_maxrandom_size(), arch/x86/mm/mmap.c. */
    private static final long STACK_RANDOM_PAGES = 0x3fffff;

    /** 1 GiB: arch_randomize_brk(), arch/x86/kernel/process.c. */
    private static final long BREAK_RANDOM_BYTES = 1L << 30;

    /** 8 KiB: arch_align_stack(). */
    private static final long STACK_SHIFT_BYTES = 8192;

    private final long limit;
    private final MemorySegment random;
    private final boolean randomised;

    /**
     * @param limit first address behind what guests may map
     * @param random {@link #RANDOM_BYTES}
     */
    AddressLayout(long limit, byte[] random, boolean randomised) {
        this.limit = limit;
        this.random = MemorySegment.ofArray(randomised ? random : new byte[RANDOM_BYTES]);
        this.randomised = randomised;
    }

    /** First address behind the stack, page aligned. */
    long stackTop() {
        return limit - ((word(0) & STACK_RANDOM_PAGES) << PAGE_SHIFT);
    }

    /** Bytes to leave free above the stack's tables, so that caches of processes do not collide. */
    long stackShift() {
        return Math.floorMod(word(8), STACK_SHIFT_BYTES);
    }

    /**
     * Where a position independent program with an interpreter starts: ELF_ET_DYN_BASE, two thirds
     * up.
     */
    long programBase() {
        return lowestProgramBase() + ((word(16) & MMAP_RANDOM_PAGES) << PAGE_SHIFT);
    }

    /**
     * Where the heap starts.
     *
     * @param imageEnd first byte behind the program
     * @param mappedAnywhere whether the program itself lies in the mmap area, where the heap could
     *     not grow
     */
    long breakStart(long imageEnd, boolean mappedAnywhere) {
        long start = Pages.up(imageEnd);
        if (!randomised) {
            return start;
        }
        long from = mappedAnywhere ? lowestProgramBase() : start;
        long wanted = from + Pages.down(Math.floorMod(word(24), BREAK_RANDOM_BYTES));
        return wanted < limit ? wanted : start;
    }

    /** That of Linux, 0x555555554000, whatever the platform keeps for itself at the top. */
    private long lowestProgramBase() {
        return Pages.down(TASK_SIZE_MAX / 3 * 2);
    }

    private long word(int at) {
        return random.get(JAVA_LONG_UNALIGNED, at);
    }
}
