package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

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

    private static final int CONTROL_WORD = 0;

    private static final short INITIAL_CONTROL_WORD = 0x37f;
    private static final int INITIAL_MXCSR = 0x1f80;
    private static final long X87_AND_SSE = 3;

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
        buffer = memory.allocate(layout.bytes(), 64);
        waiting = Optional.of(initial());
    }

    /** What execve(2) gives: every component in its initial state. */
    private byte[] initial() {
        MemorySegment image = MemorySegment.ofArray(new byte[layout.bytes()]);
        image.set(JAVA_LONG_UNALIGNED, CONTROL_WORD, INITIAL_CONTROL_WORD);
        image.set(JAVA_INT_UNALIGNED, XsaveImage.MXCSR, INITIAL_MXCSR);
        image.set(JAVA_LONG_UNALIGNED, XsaveImage.HEADER, X87_AND_SSE);
        return image.toArray(JAVA_BYTE);
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
        if (source.length < XsaveImage.HEADER_END) {
            // a signal frame of FXSAVE only
            MemorySegment.ofArray(image).set(JAVA_LONG_UNALIGNED, XsaveImage.HEADER, X87_AND_SSE);
        }
        // Here, and not when the thread gets it.
        if (!XsaveImage.isLoadable(MemorySegment.ofArray(image), layout.features())) {
            throw Errno.EINVAL.exception();
        }
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
        return buffer.toArray(JAVA_BYTE);
    }
}
