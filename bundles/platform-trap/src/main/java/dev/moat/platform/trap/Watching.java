package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.DebugRegisters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What the processor watches for a guest thread: the stub thread's debug registers. Only a tracer
 * writes and reads them, so this traces the thread for that long; they count on afterwards. Methods
 * with a thread want one that has handed over, and leave it so.
 */
final class Watching {
    private static final int PTRACE_CONT = 7;
    private static final int PTRACE_EVENT_STOP = 128;
    private static final int STOPPED = 0x7f;

    private final HostProcesses host;

    /** Made when first needed: a status word and a long. */
    private @Nullable MemorySegment words;

    /** What the guest thread wants. */
    private DebugRegisters wanted = DebugRegisters.NONE;

    /** What the stub thread has. */
    private DebugRegisters given = DebugRegisters.NONE;

    private long status = DebugRegisters.IDLE_STATUS;

    Watching(HostProcesses host) {
        this.host = host;
    }

    void set(DebugRegisters registers) {
        wanted = registers;
    }

    /** Whether {@link #flush} is to be called before the guest runs. */
    boolean isChanged() {
        return !given.equals(wanted);
    }

    /** See {@link dev.moat.api.platform.ExecutionContext#debugStatus}. */
    long status() {
        return status;
    }

    /** Gives the thread what it lacks. */
    void flush(GuestThread thread) throws StubLostException {
        stop(thread);
        write(thread, wanted);
        given = wanted;
        letGo(thread);
    }

    /** The thread has stopped for a trap. */
    void trapped(GuestThread thread) throws StubLostException {
        if (given.isNone()) {
            return;
        }
        stop(thread);
        MemorySegment word = words().asSlice(Long.BYTES);
        check(host.tracePeekUser(thread.tid(), DebugRegisters.STATUS_OFFSET, word), "PEEKUSER");
        status = word.get(JAVA_LONG, 0);
        letGo(thread);
    }

    /** The thread goes to somebody else; wherever it waits. */
    void leave(GuestThread thread) {
        if (given.isNone()) {
            return;
        }
        given = DebugRegisters.NONE;
        try {
            if (!thread.isHandedOver()) {
                thread.pull();
            }
            stop(thread);
            write(thread, DebugRegisters.NONE);
            letGo(thread);
        } catch (StubLostException e) {
            // so are its registers
        }
    }

    /** Becomes the tracer of the thread, which stops behind its hand-over. */
    private void stop(GuestThread thread) throws StubLostException {
        int tid = thread.tid();
        check(host.traceSeize(tid, 0), "PTRACE_SEIZE");
        check(host.traceInterrupt(tid), "PTRACE_INTERRUPT");
        thread.leaveHandover();
        int signal = await(tid);
        while (signal != 0) {
            check(host.traceResume(PTRACE_CONT, tid, signal), "PTRACE_CONT");
            signal = await(tid);
        }
    }

    /** Waits for a stop; gives the signal that comes before ours, or 0. */
    private int await(int tid) throws StubLostException {
        MemorySegment word = words();
        int result;
        do {
            result = host.waitFor(tid, word);
        } while (result == -Errno.EINTR.number());
        int stop = word.get(JAVA_INT, 0);
        if (result < 0 || (stop & 0xff) != STOPPED) {
            throw new StubLostException("stub thread is gone");
        }
        return stop >>> 16 == PTRACE_EVENT_STOP ? 0 : stop >>> 8 & 0xff;
    }

    /** Has the thread make its hand-over once more. */
    private void letGo(GuestThread thread) throws StubLostException {
        int tid = thread.tid();
        poke(tid, UserRegs.RIP, thread.handoverInstruction());
        poke(tid, UserRegs.RAX, StubLayout.HANDOVER);
        // the host must not restart the call by itself
        poke(tid, UserRegs.ORIG_RAX, -1);
        check(host.traceDetach(tid, 0), "PTRACE_DETACH");
        thread.awaitHandover();
    }

    private void write(GuestThread thread, DebugRegisters values) throws StubLostException {
        int tid = thread.tid();
        check(
                values.writeTo((offset, value) -> host.tracePokeUser(tid, offset, value)),
                "PTRACE_POKEUSER of debug registers");
    }

    private void poke(int tid, int register, long value) throws StubLostException {
        check(host.tracePokeUser(tid, (long) register * Long.BYTES, value), "PTRACE_POKEUSER");
    }

    private MemorySegment words() {
        MemorySegment known = words;
        if (known == null) {
            known = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);
            words = known;
        }
        return known;
    }

    private static void check(int result, String what) throws StubLostException {
        if (result == -Errno.ESRCH.number()) {
            throw new StubLostException("stub thread was killed");
        }
        if (result < 0) {
            throw new IllegalStateException(what + ": errno " + -result);
        }
    }
}
