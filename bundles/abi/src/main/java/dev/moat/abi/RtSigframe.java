package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct rt_sigframe}: what lies on the user's stack while a signal handler runs; the
 * floating-point state lies above it, aligned to 64 bytes. Source: arch/x86/include/asm/sigframe.h.
 *
 * <p>The handler starts with rsp at {@link #PRETCODE_OFFSET}, which is the return address: rsp is 8
 * below a multiple of 16, as after a call. Its second and third argument point to {@link
 * #INFO_OFFSET} and {@link #CONTEXT_OFFSET}.
 *
 * @param returnAddress the restorer, which calls rt_sigreturn(2)
 * @see <a href="https://man7.org/linux/man-pages/man2/sigreturn.2.html">sigreturn(2)</a>
 */
public record RtSigframe(long returnAddress, UContext context, SigInfo info) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_LONG.withName("pretcode"),
                            UContext.LAYOUT.withName("uc"),
                            SigInfo.LAYOUT.withName("info"))
                    .withName("struct rt_sigframe");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** Where the return address lies. */
    public static final long PRETCODE_OFFSET = LAYOUT.byteOffset(groupElement("pretcode"));

    /** Where the context lies. */
    public static final long CONTEXT_OFFSET = LAYOUT.byteOffset(groupElement("uc"));

    /** Where the signal information lies. */
    public static final long INFO_OFFSET = LAYOUT.byteOffset(groupElement("info"));

    /** 128: the red zone below rsp that a frame must not overwrite; System V ABI. */
    public static final int RED_ZONE = 128;

    /** Reads the struct that lies at {@code at}. */
    public static RtSigframe readFrom(MemorySegment segment, long at) {
        return new RtSigframe(
                segment.get(JAVA_LONG_UNALIGNED, at + PRETCODE_OFFSET),
                UContext.readFrom(segment, at + CONTEXT_OFFSET),
                SigInfo.readFrom(segment, at + INFO_OFFSET));
    }

    /** Writes the struct to {@code at}. */
    public void writeTo(MemorySegment segment, long at) {
        segment.set(JAVA_LONG_UNALIGNED, at + PRETCODE_OFFSET, returnAddress);
        context.writeTo(segment, at + CONTEXT_OFFSET);
        info.writeTo(segment, at + INFO_OFFSET);
    }
}
