package dev.moat.task.signal;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.FpxSwBytes;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.platform.ExecutionContext;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The floating-point part of a signal frame: an XSAVE image whose reserved bytes say how large it
 * is, and a magic word behind it. Source: arch/x86/kernel/fpu/signal.c.
 */
public final class FloatingPointFrame {
    /** XSAVE header: XSTATE_BV, XCOMP_BV and reserved words, 64 bytes behind the FXSAVE area. */
    private static final int XSTATE_BV = FpxSwBytes.FXSAVE_SIZE;

    /** x87 and SSE: what the FXSAVE area holds. */
    private static final long XFEATURE_FP_SSE = 3;

    private FloatingPointFrame() {}

    /** Bytes in the frame for an image of {@code imageBytes}. */
    static int sizeBytes(int imageBytes) {
        return isExtended(imageBytes)
                ? imageBytes + FpxSwBytes.FP_XSTATE_MAGIC2_SIZE
                : FpxSwBytes.FXSAVE_SIZE;
    }

    static boolean isExtended(int imageBytes) {
        return imageBytes > FpxSwBytes.FXSAVE_SIZE;
    }

    /** Writes the state of {@code context} to {@code userAddr} (64-byte aligned); EFAULT. */
    static void write(ExecutionContext context, UserMemory user, long userAddr) {
        int imageBytes = context.fpStateBytes();
        byte[] image = new byte[imageBytes];
        context.saveFpState(image);
        byte[] frame = Arrays.copyOf(image, sizeBytes(imageBytes));
        MemorySegment segment = MemorySegment.ofArray(frame);
        int swBytes = FpxSwBytes.OFFSET_IN_FPSTATE;
        if (isExtended(imageBytes)) {
            new FpxSwBytes(FpxSwBytes.FP_XSTATE_MAGIC1, frame.length, features(segment), imageBytes)
                    .writeTo(segment, swBytes);
            segment.set(JAVA_INT_UNALIGNED, imageBytes, FpxSwBytes.FP_XSTATE_MAGIC2);
        } else {
            segment.asSlice(swBytes, FpxSwBytes.SIZE).fill((byte) 0);
        }
        user.copyOut(userAddr, segment, 0, frame.length);
    }

    /**
     * Loads what rt_sigreturn(2) finds at {@code userAddr}; 0 there means the initial state.
     *
     * @throws dev.moat.abi.ErrnoException EFAULT, EINVAL for an image that cannot be loaded
     */
    static void read(ExecutionContext context, UserMemory user, long userAddr) {
        if (userAddr == 0) {
            context.resetFpState();
            return;
        }
        int imageBytes = context.fpStateBytes();
        byte[] image = new byte[imageBytes];
        MemorySegment segment = MemorySegment.ofArray(image);
        int legacyBytes = Math.min(FpxSwBytes.FXSAVE_SIZE, imageBytes);
        user.copyIn(userAddr, segment, 0, legacyBytes);
        if (isExtended(imageBytes)) {
            FpxSwBytes sw = FpxSwBytes.readFrom(segment, FpxSwBytes.OFFSET_IN_FPSTATE);
            if (isTrustworthy(sw, imageBytes, user, userAddr)) {
                int rest = sw.xstateSizeBytes() - legacyBytes;
                user.copyIn(userAddr + legacyBytes, segment, legacyBytes, rest);
                long requested = segment.get(JAVA_LONG_UNALIGNED, XSTATE_BV);
                segment.set(JAVA_LONG_UNALIGNED, XSTATE_BV, requested & sw.xfeatures());
            } else {
                segment.set(JAVA_LONG_UNALIGNED, XSTATE_BV, XFEATURE_FP_SSE);
            }
        }
        context.loadFpState(image);
    }

    /** check_xstate_in_sigframe: anything odd means that only the FXSAVE area counts. */
    private static boolean isTrustworthy(
            FpxSwBytes sw, int imageBytes, UserMemory user, long userAddr) {
        int minimum = FpxSwBytes.FXSAVE_SIZE + 64;
        if (sw.magic1() != FpxSwBytes.FP_XSTATE_MAGIC1
                || sw.xstateSizeBytes() < minimum
                || sw.xstateSizeBytes() > imageBytes
                || sw.xstateSizeBytes() > sw.extendedSizeBytes()) {
            return false;
        }
        return user.readInt(userAddr + sw.xstateSizeBytes()) == FpxSwBytes.FP_XSTATE_MAGIC2;
    }

    /** The XSAVE features that a process may use. */
    public static long features(ExecutionContext context) {
        byte[] image = new byte[context.fpStateBytes()];
        context.saveFpState(image);
        return isExtended(image.length) ? features(MemorySegment.ofArray(image)) : XFEATURE_FP_SSE;
    }

    /** The features of the machine, which the host leaves in the reserved bytes of its images. */
    public static long features(MemorySegment image) {
        long machine = image.get(JAVA_LONG_UNALIGNED, FpxSwBytes.OFFSET_IN_FPSTATE);
        return machine != 0 ? machine : image.get(JAVA_LONG_UNALIGNED, XSTATE_BV) | XFEATURE_FP_SSE;
    }
}
