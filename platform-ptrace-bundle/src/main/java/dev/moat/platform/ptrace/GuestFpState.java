package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.XsaveImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;
import java.util.Optional;

/**
 * x87, SSE, AVX and further state of a guest thread as an XSAVE image in the standard format. It
 * stays with the stub thread; what is set while the context has none is kept here until it has.
 */
final class GuestFpState {
    private static final int NT_X86_XSTATE = 0x202;

    private final HostProcesses host;
    private final Tracee thread;
    private final FpLayout layout;
    private final MemorySegment buffer;

    /** State to load when the context gets a thread; empty: the thread has it. */
    private Optional<byte[]> waiting;

    GuestFpState(HostProcesses host, Tracee thread, FpLayout layout, SegmentAllocator memory) {
        this.host = host;
        this.thread = thread;
        this.layout = layout;
        buffer = memory.allocate(layout.registerSetBytes(), 64);
        waiting = Optional.of(initial());
    }

    private byte[] initial() {
        return XsaveImage.initial(layout.bytes(), layout.features());
    }

    int bytes() {
        return layout.bytes();
    }

    void save(byte[] target) {
        byte[] image = waiting.orElseGet(this::read);
        System.arraycopy(image, 0, target, 0, Math.min(image.length, target.length));
    }

    void load(byte[] source) {
        byte[] image = Arrays.copyOf(source, layout.bytes());
        MemorySegment segment = MemorySegment.ofArray(image);
        if (source.length < XsaveImage.HEADER_END) {
            // a signal frame of FXSAVE only
            XsaveImage.setLegacyOnly(segment);
        }
        // Here, and not when the thread gets it.
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
    void detach() {
        waiting = Optional.of(waiting.orElseGet(this::read));
    }

    /** Gives the thread the state it lacks. */
    void flush() {
        if (waiting.isPresent()) {
            byte[] image = waiting.get();
            MemorySegment.copy(image, 0, buffer, JAVA_BYTE, 0, image.length);
            host.traceSetRegisterSet(thread.tid(), NT_X86_XSTATE, buffer);
            waiting = Optional.empty();
        }
    }

    private byte[] read() {
        host.traceGetRegisterSet(thread.tid(), NT_X86_XSTATE, buffer);
        byte[] image = buffer.asSlice(0, layout.bytes()).toArray(JAVA_BYTE);
        XsaveImage.showFeatures(MemorySegment.ofArray(image), layout.features());
        return image;
    }
}
