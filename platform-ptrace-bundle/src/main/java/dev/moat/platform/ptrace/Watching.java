package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.api.platform.DebugRegisters;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/** What the processor watches for a guest thread: the stub thread's debug registers. */
final class Watching {
    private final Tracee thread;
    private final MemorySegment word;

    /** What the guest thread wants. */
    private DebugRegisters wanted = DebugRegisters.NONE;

    /** What the stub thread has. */
    private DebugRegisters given = DebugRegisters.NONE;

    private long status = DebugRegisters.IDLE_STATUS;

    Watching(Tracee thread, SegmentAllocator memory) {
        this.thread = thread;
        word = memory.allocate(JAVA_LONG);
    }

    void set(DebugRegisters registers) {
        wanted = registers;
    }

    /** See {@link dev.moat.api.platform.ExecutionContext#debugStatus}. */
    long status() {
        return status;
    }

    /** Gives the stopped stub thread what it lacks. */
    void flush() throws StubLostException {
        if (!given.equals(wanted)) {
            thread.writeDebugRegisters(wanted);
            given = wanted;
        }
    }

    /** The thread has stopped for a trap. */
    void trapped() throws StubLostException {
        if (!given.isNone()) {
            thread.readDebugStatus(word);
            status = word.get(JAVA_LONG, 0);
        }
    }

    /** The stub thread goes to somebody else. */
    void leave() {
        if (!given.isNone() && thread.isAttached()) {
            try {
                thread.writeDebugRegisters(DebugRegisters.NONE);
            } catch (StubLostException e) {
                // so are its registers
            }
        }
        given = DebugRegisters.NONE;
    }
}
