package dev.moat.api.platform;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.FpxSwBytes;
import java.lang.foreign.MemorySegment;

/**
 * The layout of an XSAVE image in the standard format, and what the host's kernel takes as one.
 * Offsets: Intel SDM volume 1, 13.4 "XSAVE area".
 */
public final class XsaveImage {
    /** The word of the control and status register MXCSR, in bytes. */
    public static final int MXCSR = 24;

    /** XSTATE_BV: which components are not in their initial state. */
    public static final int HEADER = 512;

    /** Where the first extended component may begin. */
    public static final int HEADER_END = HEADER + 64;

    private static final int COMPACTION = HEADER + 8;
    private static final int HEADER_RESERVED = HEADER + 16;
    private static final int MXCSR_RESERVED = 0xffff0000;

    private static final int CONTROL_WORD = 0;
    private static final short INITIAL_CONTROL_WORD = 0x37f;
    private static final int INITIAL_MXCSR = 0x1f80;
    private static final long X87_AND_SSE = 3;

    private XsaveImage() {}

    /**
     * What execve(2) gives: every component in its initial state.
     *
     * @param features bits of XCR0 that programs may use
     */
    public static byte[] initial(int bytes, long features) {
        byte[] image = new byte[bytes];
        MemorySegment segment = MemorySegment.ofArray(image);
        segment.set(JAVA_SHORT_UNALIGNED, CONTROL_WORD, INITIAL_CONTROL_WORD);
        segment.set(JAVA_INT_UNALIGNED, MXCSR, INITIAL_MXCSR);
        setLegacyOnly(segment);
        showFeatures(segment, features);
        return image;
    }

    /** Says that x87 and SSE alone are not in their initial state. */
    public static void setLegacyOnly(MemorySegment image) {
        image.set(JAVA_LONG_UNALIGNED, HEADER, X87_AND_SSE);
    }

    /**
     * Fills the bytes that are left to software as ptrace(2) shows them: the features, no more. An
     * image that comes from a signal frame has sizes and magic words there.
     */
    public static void showFeatures(MemorySegment image, long features) {
        int at = FpxSwBytes.OFFSET_IN_FPSTATE;
        image.asSlice(at, FpxSwBytes.FXSAVE_SIZE - at).fill((byte) 0);
        image.set(JAVA_LONG_UNALIGNED, at, features);
    }

    /**
     * Whether the host would load {@code image}, which has a header: {@code
     * validate_user_xstate_header()}, arch/x86/kernel/fpu/xstate.c.
     *
     * @param features bits of XCR0 that programs may use
     */
    public static boolean isLoadable(MemorySegment image, long features) {
        boolean unknownFeature = (image.get(JAVA_LONG_UNALIGNED, HEADER) & ~features) != 0;
        boolean compacted = image.get(JAVA_LONG_UNALIGNED, COMPACTION) != 0;
        boolean reserved = false;
        for (int at = HEADER_RESERVED; at < HEADER_END; at += 8) {
            reserved |= image.get(JAVA_LONG_UNALIGNED, at) != 0;
        }
        return !unknownFeature && !compacted && !reserved && hasValidMxcsr(image);
    }

    /** Whether MXCSR has no bit that would fault when it is loaded. */
    public static boolean hasValidMxcsr(MemorySegment image) {
        return (image.get(JAVA_INT_UNALIGNED, MXCSR) & MXCSR_RESERVED) == 0;
    }
}
