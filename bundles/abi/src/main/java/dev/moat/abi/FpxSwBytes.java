package dev.moat.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct _fpx_sw_bytes}: says that an XSAVE area follows the 512 bytes of FXSAVE in a signal
 * frame.
 *
 * @param extendedSizeBytes of the whole area with its final magic
 * @see <a href="https://www.kernel.org/doc/html/latest/arch/x86/xstate.html">Using XSTATE
 *     features</a>
 */
public record FpxSwBytes(int magic1, int extendedSizeBytes, long xfeatures, int xstateSizeBytes) {
    /** The layout; names and order as in C. */
    public static final StructLayout LAYOUT =
            structLayout(
                            JAVA_INT.withName("magic1"),
                            JAVA_INT.withName("extended_size"),
                            JAVA_LONG.withName("xfeatures"),
                            JAVA_INT.withName("xstate_size"),
                            paddingLayout(28))
                    .withName("struct _fpx_sw_bytes");

    /** Size in bytes. */
    public static final long SIZE = LAYOUT.byteSize();

    /** magic1; asm/sigcontext.h. */
    public static final int FP_XSTATE_MAGIC1 = 0x46505853;

    /** The word after the area. */
    public static final int FP_XSTATE_MAGIC2 = 0x46505845;

    /** Size of that word. */
    public static final int FP_XSTATE_MAGIC2_SIZE = 4;

    /** Where this struct lies in the floating-point state: {@code sw_reserved}. */
    public static final int OFFSET_IN_FPSTATE = 464;

    /** Size of the FXSAVE area: {@code struct _fpstate_64}. */
    public static final int FXSAVE_SIZE = 512;

    private static final long MAGIC1 = offset("magic1");
    private static final long EXTENDED_SIZE = offset("extended_size");
    private static final long XFEATURES = offset("xfeatures");
    private static final long XSTATE_SIZE = offset("xstate_size");

    /** Reads the struct that lies at {@code at}. */
    public static FpxSwBytes readFrom(MemorySegment segment, long at) {
        return new FpxSwBytes(
                segment.get(JAVA_INT_UNALIGNED, at + MAGIC1),
                segment.get(JAVA_INT_UNALIGNED, at + EXTENDED_SIZE),
                segment.get(JAVA_LONG_UNALIGNED, at + XFEATURES),
                segment.get(JAVA_INT_UNALIGNED, at + XSTATE_SIZE));
    }

    /** Writes the struct to {@code at}, its padding as zeros. */
    public void writeTo(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
        segment.set(JAVA_INT_UNALIGNED, at + MAGIC1, magic1);
        segment.set(JAVA_INT_UNALIGNED, at + EXTENDED_SIZE, extendedSizeBytes);
        segment.set(JAVA_LONG_UNALIGNED, at + XFEATURES, xfeatures);
        segment.set(JAVA_INT_UNALIGNED, at + XSTATE_SIZE, xstateSizeBytes);
    }

    private static long offset(String name) {
        return LAYOUT.byteOffset(groupElement(name));
    }
}
