package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct sigcontext}: the registers in a signal frame (x86-64); {@code sigcontext_64} in the
 * kernel.
 *
 * @param errorCode of the fault
 * @param oldMask low word of the blocked signals
 * @param fpstate guest address of the floating-point state, 0 if there is none
 * @see <a href="https://man7.org/linux/man-pages/man2/sigreturn.2.html">sigreturn(2)</a>
 */
public record SigContext(
        long r8,
        long r9,
        long r10,
        long r11,
        long r12,
        long r13,
        long r14,
        long r15,
        long rdi,
        long rsi,
        long rbp,
        long rbx,
        long rdx,
        long rax,
        long rcx,
        long rsp,
        long rip,
        long rflags,
        int cs,
        int gs,
        int fs,
        int ss,
        long errorCode,
        long trapNumber,
        long oldMask,
        long faultAddress,
        long fpstate) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("r8"),
                            JAVA_LONG.withName("r9"),
                            JAVA_LONG.withName("r10"),
                            JAVA_LONG.withName("r11"),
                            JAVA_LONG.withName("r12"),
                            JAVA_LONG.withName("r13"),
                            JAVA_LONG.withName("r14"),
                            JAVA_LONG.withName("r15"),
                            JAVA_LONG.withName("rdi"),
                            JAVA_LONG.withName("rsi"),
                            JAVA_LONG.withName("rbp"),
                            JAVA_LONG.withName("rbx"),
                            JAVA_LONG.withName("rdx"),
                            JAVA_LONG.withName("rax"),
                            JAVA_LONG.withName("rcx"),
                            JAVA_LONG.withName("rsp"),
                            JAVA_LONG.withName("rip"),
                            JAVA_LONG.withName("eflags"),
                            JAVA_SHORT.withName("cs"),
                            JAVA_SHORT.withName("gs"),
                            JAVA_SHORT.withName("fs"),
                            JAVA_SHORT.withName("ss"),
                            JAVA_LONG.withName("err"),
                            JAVA_LONG.withName("trapno"),
                            JAVA_LONG.withName("oldmask"),
                            JAVA_LONG.withName("cr2"),
                            JAVA_LONG.withName("fpstate"),
                            paddingLayout(64))
                    .withName("struct sigcontext");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    private static final long R8 = offset("r8");
    private static final long R9 = offset("r9");
    private static final long R10 = offset("r10");
    private static final long R11 = offset("r11");
    private static final long R12 = offset("r12");
    private static final long R13 = offset("r13");
    private static final long R14 = offset("r14");
    private static final long R15 = offset("r15");
    private static final long RDI = offset("rdi");
    private static final long RSI = offset("rsi");
    private static final long RBP = offset("rbp");
    private static final long RBX = offset("rbx");
    private static final long RDX = offset("rdx");
    private static final long RAX = offset("rax");
    private static final long RCX = offset("rcx");
    private static final long RSP = offset("rsp");
    private static final long RIP = offset("rip");
    private static final long EFLAGS = offset("eflags");
    private static final long CS = offset("cs");
    private static final long GS = offset("gs");
    private static final long FS = offset("fs");
    private static final long SS = offset("ss");
    private static final long ERR = offset("err");
    private static final long TRAPNO = offset("trapno");
    private static final long OLDMASK = offset("oldmask");
    private static final long CR2 = offset("cr2");
    private static final long FPSTATE = offset("fpstate");

    /** Reads the struct that lies at {@code at}. */
    public static SigContext readFrom(MemorySegment segment, long at) {
        return new SigContext(
                segment.get(JAVA_LONG_UNALIGNED, at + R8),
                segment.get(JAVA_LONG_UNALIGNED, at + R9),
                segment.get(JAVA_LONG_UNALIGNED, at + R10),
                segment.get(JAVA_LONG_UNALIGNED, at + R11),
                segment.get(JAVA_LONG_UNALIGNED, at + R12),
                segment.get(JAVA_LONG_UNALIGNED, at + R13),
                segment.get(JAVA_LONG_UNALIGNED, at + R14),
                segment.get(JAVA_LONG_UNALIGNED, at + R15),
                segment.get(JAVA_LONG_UNALIGNED, at + RDI),
                segment.get(JAVA_LONG_UNALIGNED, at + RSI),
                segment.get(JAVA_LONG_UNALIGNED, at + RBP),
                segment.get(JAVA_LONG_UNALIGNED, at + RBX),
                segment.get(JAVA_LONG_UNALIGNED, at + RDX),
                segment.get(JAVA_LONG_UNALIGNED, at + RAX),
                segment.get(JAVA_LONG_UNALIGNED, at + RCX),
                segment.get(JAVA_LONG_UNALIGNED, at + RSP),
                segment.get(JAVA_LONG_UNALIGNED, at + RIP),
                segment.get(JAVA_LONG_UNALIGNED, at + EFLAGS),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + CS)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + GS)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + FS)),
                Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + SS)),
                segment.get(JAVA_LONG_UNALIGNED, at + ERR),
                segment.get(JAVA_LONG_UNALIGNED, at + TRAPNO),
                segment.get(JAVA_LONG_UNALIGNED, at + OLDMASK),
                segment.get(JAVA_LONG_UNALIGNED, at + CR2),
                segment.get(JAVA_LONG_UNALIGNED, at + FPSTATE));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_LONG_UNALIGNED, at + R8, r8);
        segment.set(JAVA_LONG_UNALIGNED, at + R9, r9);
        segment.set(JAVA_LONG_UNALIGNED, at + R10, r10);
        segment.set(JAVA_LONG_UNALIGNED, at + R11, r11);
        segment.set(JAVA_LONG_UNALIGNED, at + R12, r12);
        segment.set(JAVA_LONG_UNALIGNED, at + R13, r13);
        segment.set(JAVA_LONG_UNALIGNED, at + R14, r14);
        segment.set(JAVA_LONG_UNALIGNED, at + R15, r15);
        segment.set(JAVA_LONG_UNALIGNED, at + RDI, rdi);
        segment.set(JAVA_LONG_UNALIGNED, at + RSI, rsi);
        segment.set(JAVA_LONG_UNALIGNED, at + RBP, rbp);
        segment.set(JAVA_LONG_UNALIGNED, at + RBX, rbx);
        segment.set(JAVA_LONG_UNALIGNED, at + RDX, rdx);
        segment.set(JAVA_LONG_UNALIGNED, at + RAX, rax);
        segment.set(JAVA_LONG_UNALIGNED, at + RCX, rcx);
        segment.set(JAVA_LONG_UNALIGNED, at + RSP, rsp);
        segment.set(JAVA_LONG_UNALIGNED, at + RIP, rip);
        segment.set(JAVA_LONG_UNALIGNED, at + EFLAGS, rflags);
        segment.set(JAVA_SHORT_UNALIGNED, at + CS, (short) cs);
        segment.set(JAVA_SHORT_UNALIGNED, at + GS, (short) gs);
        segment.set(JAVA_SHORT_UNALIGNED, at + FS, (short) fs);
        segment.set(JAVA_SHORT_UNALIGNED, at + SS, (short) ss);
        segment.set(JAVA_LONG_UNALIGNED, at + ERR, errorCode);
        segment.set(JAVA_LONG_UNALIGNED, at + TRAPNO, trapNumber);
        segment.set(JAVA_LONG_UNALIGNED, at + OLDMASK, oldMask);
        segment.set(JAVA_LONG_UNALIGNED, at + CR2, faultAddress);
        segment.set(JAVA_LONG_UNALIGNED, at + FPSTATE, fpstate);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
