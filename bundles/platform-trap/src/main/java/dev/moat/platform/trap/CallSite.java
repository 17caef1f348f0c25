package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * A system call instruction behind an instruction of five bytes that can be done elsewhere: {@code
 * mov $number, %eax} and the like, or {@code mov 8(%rsp), %r9} of syscall(3). The two become
 *
 * <pre>ff 24 25 xx xx 0f 05</pre>
 *
 * which is {@code jmp *0x050fxxxx}, and from its sixth byte on still is {@code syscall}: who jumps
 * there, returns there from a signal, or is stopped there, finds what was there before.
 *
 * @param behind address behind the instruction
 * @param moved the five bytes
 */
record CallSite(long behind, long moved) {
    /** Of both instructions. */
    static final int BYTES = 7;

    static final int SYSCALL_BYTES = 2;

    private static final int MOVED_BYTES = BYTES - SYSCALL_BYTES;
    private static final long MOVED_MASK = (1L << MOVED_BYTES * 8) - 1;
    private static final int SYSCALL = 0x050f;

    /** {@code mov 8(%rsp), %r9}. */
    private static final long LOAD_SIXTH = 0x08244c8b4cL;

    /** {@code mov $imm32, r32}: b8 to bf, but not esp. */
    private static final int LOAD_CONSTANT = 0xb8;

    private static final int LOAD_CONSTANT_MASK = 0xf8;
    private static final int LOAD_STACK_POINTER = 0xbc;

    /** A prefix that would make the constant one of 64 bits, or the register another one. */
    private static final int REX = 0x40;

    private static final int REX_MASK = 0xf0;
    private static final int JUMP_INDIRECT = 0x2524ff;

    private static final int LOAD_RETURN_ADDRESS = 0xbb49;
    private static final int JUMP = 0xe9;

    /** A site that cannot be patched. */
    static final CallSite NONE = new CallSite(0, 0);

    /**
     * The site in a page of text whose instruction ends at {@code behind}; {@link #NONE} if it is
     * not of the right kind.
     */
    static CallSite find(MemorySegment page, long behind) {
        int end = (int) ((behind - 1) & (StubLayout.PAGE_BYTES - 1)) + 1;
        int start = end - BYTES;
        // one more byte, for the prefix
        if (start < 1 || (page.get(JAVA_INT_UNALIGNED, end - Integer.BYTES) >>> 16) != SYSCALL) {
            return NONE;
        }
        long moved = page.get(JAVA_LONG_UNALIGNED, start - 1) >>> 8 & MOVED_MASK;
        int first = (int) moved & 0xff;
        boolean constant =
                (first & LOAD_CONSTANT_MASK) == LOAD_CONSTANT
                        && first != LOAD_STACK_POINTER
                        && (page.get(JAVA_BYTE, start - 1) & REX_MASK) != REX;
        return constant || moved == LOAD_SIXTH ? new CallSite(behind, moved) : NONE;
    }

    boolean isNone() {
        return behind == 0;
    }

    long start() {
        return behind - BYTES;
    }

    /** Writes the jump through the pointer at {@code pointer} into a copy of the page. */
    void writeJump(MemorySegment page, long pointer) {
        int at = (int) (start() & (StubLayout.PAGE_BYTES - 1));
        long bytes = JUMP_INDIRECT | pointer << 24;
        for (int i = 0; i < BYTES; i++) {
            page.set(JAVA_BYTE, at + i, (byte) (bytes >>> i * 8));
        }
    }

    /** Writes the site's own part of the trampoline, which will be at {@code address}. */
    void writeTrampoline(MemorySegment target, long address) {
        target.set(JAVA_LONG_UNALIGNED, 0, moved);
        target.set(JAVA_INT_UNALIGNED, MOVED_BYTES, LOAD_RETURN_ADDRESS);
        target.set(JAVA_LONG_UNALIGNED, MOVED_BYTES + 2, behind);
        int jumpAt = MOVED_BYTES + 2 + Long.BYTES;
        target.set(JAVA_BYTE, jumpAt, (byte) JUMP);
        long distance = StubLayout.TRAMPOLINES - (address + jumpAt + 1 + Integer.BYTES);
        target.set(JAVA_INT_UNALIGNED, jumpAt + 1, (int) distance);
    }
}
