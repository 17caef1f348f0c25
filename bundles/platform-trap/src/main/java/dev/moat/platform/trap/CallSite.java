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
 * <p>The C library's read(2) has no such instruction, but begins with one of seven bytes, which
 * become the same jump:
 *
 * <pre>{@code
 * cmpb $0, __libc_single_threaded(%rip)
 * je   with_cancellation
 * xor  %eax, %eax
 * syscall
 * }</pre>
 *
 * @param behind address behind the instruction
 * @param bytes from the jump up to there
 * @param moved the five bytes, 0 for the start of a function
 * @param flag address of the byte that decides
 * @param otherwise where to go if it is 0
 */
record CallSite(long behind, int bytes, long moved, long flag, long otherwise) {
    /** Of a moved instruction and the system call. */
    private static final int BYTES = 7;

    /** Of the start of a function. */
    private static final int START_BYTES = 13;

    /** What functions are aligned to. */
    private static final int ALIGNMENT = 16;

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

    private static final int LOAD_R11 = 0xbb49;

    /** {@code cmpb $0, (%r11); jne} over the next two instructions: six bytes. */
    private static final long COMPARE_AND_SKIP = 0x06_00_0d75_003b8041L;

    /** {@code jmp *%r11; xor %eax, %eax}: five bytes. */
    private static final long LEAVE_OR_CLEAR = 0x05_0000_c031_e3ff41L;

    private static final int JUMP = 0xe9;

    /** {@code cmpb $0, disp32(%rip)}: before the distance, and the constant behind it. */
    private static final int COMPARE_BYTE = 0x3d80;

    /** {@code je}, its distance, {@code xor %eax, %eax}: shown as a word without the distance. */
    private static final int JUMP_EQUAL_AND_CLEAR = 0xc0310074;

    private static final int WITHOUT_DISTANCE = 0xffff00ff;

    private static final int COMPARE_BYTES = 7;
    private static final int DISTANCE_AT = 2;
    private static final int JUMP_BYTES = 2;

    /** A site that cannot be patched. */
    static final CallSite NONE = new CallSite(0, 0, 0, 0, 0);

    private static CallSite moved(long behind, long moved) {
        return new CallSite(behind, BYTES, moved, 0, 0);
    }

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
        return constant || moved == LOAD_SIXTH
                ? moved(behind, moved)
                : findStart(page, end, behind);
    }

    /** Only at the start of a function nobody needs r11, which the trampoline takes. */
    private static CallSite findStart(MemorySegment page, int end, long behind) {
        int start = end - START_BYTES;
        if (start < 0
                || start % ALIGNMENT != 0
                || (page.get(JAVA_INT_UNALIGNED, start) & 0xffff) != COMPARE_BYTE
                || page.get(JAVA_BYTE, start + COMPARE_BYTES - 1) != 0
                || (page.get(JAVA_INT_UNALIGNED, start + COMPARE_BYTES) & WITHOUT_DISTANCE)
                        != JUMP_EQUAL_AND_CLEAR) {
            return NONE;
        }
        long address = behind - START_BYTES + COMPARE_BYTES;
        return new CallSite(
                behind,
                START_BYTES,
                0,
                address + page.get(JAVA_INT_UNALIGNED, start + DISTANCE_AT),
                address + JUMP_BYTES + page.get(JAVA_BYTE, start + COMPARE_BYTES + 1));
    }

    boolean isNone() {
        return behind == 0;
    }

    long start() {
        return behind - bytes;
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
        int at = 0;
        if (flag == 0) {
            target.set(JAVA_LONG_UNALIGNED, 0, moved);
            at = MOVED_BYTES;
        } else {
            at = writeR11(target, at, flag);
            at = write(target, at, COMPARE_AND_SKIP);
            at = writeR11(target, at, otherwise);
            at = write(target, at, LEAVE_OR_CLEAR);
        }
        at = writeR11(target, at, behind);
        target.set(JAVA_BYTE, at, (byte) JUMP);
        long distance = StubLayout.TRAMPOLINES - (address + at + 1 + Integer.BYTES);
        target.set(JAVA_INT_UNALIGNED, at + 1, (int) distance);
    }

    /** {@code mov $value, %r11}. */
    private static int writeR11(MemorySegment target, int at, long value) {
        target.set(JAVA_INT_UNALIGNED, at, LOAD_R11);
        target.set(JAVA_LONG_UNALIGNED, at + 2, value);
        return at + 2 + Long.BYTES;
    }

    /** The lowest bytes of a word; how many is in its highest. */
    private static int write(MemorySegment target, int at, long code) {
        target.set(JAVA_LONG_UNALIGNED, at, code);
        return at + (int) (code >>> 56);
    }
}
