package dev.moat.platform.trap;

import dev.moat.abi.Errno;
import dev.moat.api.platform.XsaveImage;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * x87, SSE, AVX and further state of a guest thread as an XSAVE image in the standard format. It
 * stays with the stub thread until somebody asks; what is set is kept here until the thread runs.
 */
final class GuestFpState {
    private final FpLayout layout;

    /** State to load before the thread runs; empty: the thread has it. */
    private Optional<byte[]> waiting;

    GuestFpState(FpLayout layout) {
        this.layout = layout;
        waiting = Optional.of(initial());
    }

    private byte[] initial() {
        return XsaveImage.initial(layout.bytes(), layout.features());
    }

    int bytes() {
        return layout.bytes();
    }

    /** Whether {@link #save} can do without the thread, and {@link #flush} has something to do. */
    boolean isWaiting() {
        return waiting.isPresent();
    }

    /** Copies the state that is waiting. */
    void saveWaiting(byte[] target) {
        copy(waiting.orElseGet(this::initial), target);
    }

    /** Copies the state that waits, or else that in {@code frame}. */
    void save(HostFrame frame, byte[] target) {
        copy(waiting.orElseGet(() -> read(frame)), target);
    }

    private static void copy(byte[] image, byte[] target) {
        System.arraycopy(image, 0, target, 0, Math.min(image.length, target.length));
    }

    void load(byte[] source) {
        byte[] image = Arrays.copyOf(source, layout.bytes());
        MemorySegment segment = MemorySegment.ofArray(image);
        if (source.length < XsaveImage.HEADER_END) {
            // a signal frame of FXSAVE only
            XsaveImage.setLegacyOnly(segment);
        }
        // Here, and not in the stub, which would die of it.
        if (!XsaveImage.isLoadable(segment, layout.features())) {
            throw Errno.EINVAL.exception();
        }
        XsaveImage.showFeatures(segment, layout.features());
        waiting = Optional.of(image);
    }

    void reset() {
        waiting = Optional.of(initial());
    }

    /** Takes the state from the thread, which the context is about to lose. */
    void detach(HostFrame frame) {
        waiting = Optional.of(waiting.orElseGet(() -> read(frame)));
    }

    /** Gives the thread the state it lacks. */
    void flush(HostFrame frame) throws StubLostException {
        if (waiting.isPresent()) {
            if (!frame.writeFpState(layout, waiting.get())) {
                throw new StubLostException("frame without floating-point state");
            }
            waiting = Optional.empty();
        }
    }

    private byte[] read(HostFrame frame) {
        MemorySegment image = MemorySegment.ofArray(new byte[layout.bytes()]);
        // a guest that scribbles over its frame gets what execve gives
        return frame.readFpState(layout, image) && XsaveImage.isLoadable(image, layout.features())
                ? (byte[]) image.heapBase().orElseThrow()
                : initial();
    }
}
