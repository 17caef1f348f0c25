package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct ucontext}: the middle of a signal frame.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/sigreturn.2.html">sigreturn(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man3/getcontext.3.html">getcontext(3)</a>
 */
public record UContext(long flags, long link, StackT stack, SigContext registers, long signalMask) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("uc_flags"),
                            JAVA_LONG.withName("uc_link"),
                            StackT.LAYOUT.withName("uc_stack"),
                            SigContext.LAYOUT.withName("uc_mcontext"),
                            JAVA_LONG.withName("uc_sigmask"))
                    .withName("struct ucontext");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** uc_flags: fpstate points to an XSAVE area; asm/ucontext.h. */
    public static final long UC_FP_XSTATE = 0x1;

    /** uc_flags: the frame holds ss. */
    public static final long UC_SIGCONTEXT_SS = 0x2;

    /** uc_flags: sigreturn loads ss from the frame as it is. */
    public static final long UC_STRICT_RESTORE_SS = 0x4;

    private static final long UC_FLAGS = offset("uc_flags");
    private static final long UC_LINK = offset("uc_link");
    private static final long UC_STACK = offset("uc_stack");
    private static final long UC_MCONTEXT = offset("uc_mcontext");
    private static final long UC_SIGMASK = offset("uc_sigmask");

    /** Reads the struct that lies at {@code at}. */
    public static UContext readFrom(MemorySegment segment, long at) {
        return new UContext(
                segment.get(JAVA_LONG_UNALIGNED, at + UC_FLAGS),
                segment.get(JAVA_LONG_UNALIGNED, at + UC_LINK),
                StackT.readFrom(segment, at + UC_STACK),
                SigContext.readFrom(segment, at + UC_MCONTEXT),
                segment.get(JAVA_LONG_UNALIGNED, at + UC_SIGMASK));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + UC_FLAGS, flags);
        segment.set(JAVA_LONG_UNALIGNED, at + UC_LINK, link);
        stack.writeTo(segment, at + UC_STACK);
        registers.writeTo(segment, at + UC_MCONTEXT);
        segment.set(JAVA_LONG_UNALIGNED, at + UC_SIGMASK, signalMask);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
