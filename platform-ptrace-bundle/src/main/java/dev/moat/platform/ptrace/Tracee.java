package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Errno;
import dev.moat.abi.UserRegs;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.DebugRegisters;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A stub thread as its tracer sees it. All methods are for the one Java platform thread that seized
 * it, and want it stopped unless said otherwise. Allocates nothing after construction.
 */
final class Tracee {
    /** PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD. */
    private static final long OPTIONS = 0x100000 | 1;

    private static final int PTRACE_CONT = 7;
    private static final int PTRACE_EVENT_STOP = 128;

    /** IF and the bit that is always one. */
    private static final long CLEAN_FLAGS = 0x202;

    private static final long USER_CODE_SEGMENT = 0x33;
    private static final long USER_DATA_SEGMENT = 0x2b;

    private final HostProcesses host;
    private final StubImage image;
    private final MemorySegment status;
    private final MemorySegment registers;

    private int processId;
    private int tid;

    /** Whether {@link #tid} is seized. */
    private boolean attached;

    /** One tracer's buffers; {@link #seize} gives it a thread. */
    Tracee(HostProcesses host, StubImage image, SegmentAllocator memory) {
        this.host = host;
        this.image = image;
        status = memory.allocate(JAVA_INT);
        registers = memory.allocate(UserRegs.SIZE_BYTES, 8);
    }

    int processId() {
        return processId;
    }

    int tid() {
        return tid;
    }

    boolean isAttached() {
        return attached;
    }

    /** Becomes the tracer of a parked thread and stops it, wherever it is in stub code. */
    void seize(int processId, int tid) throws StubLostException {
        this.processId = processId;
        this.tid = tid;
        check(host.traceSeize(tid, OPTIONS), "PTRACE_SEIZE");
        attached = true;
        check(host.traceInterrupt(tid), "PTRACE_INTERRUPT");
        while (WaitStatus.event(await()) != PTRACE_EVENT_STOP) {
            // a signal from outside came first: drop it
            resume(PTRACE_CONT);
        }
    }

    /** Lets the thread run; signals that stopped it are dropped. */
    void resume(int request) throws StubLostException {
        check(host.traceResume(request, tid, 0), "ptrace resume");
    }

    /** Waits for the next stop of the running thread. */
    int await() throws StubLostException {
        int result;
        do {
            result = host.waitFor(tid, status);
        } while (result == -Errno.EINTR.number());
        if (result < 0) {
            attached = false;
            throw new StubLostException("stub thread is gone");
        }
        int word = status.get(JAVA_INT, 0);
        if (!WaitStatus.isStopped(word)) {
            attached = false;
            throw new StubLostException(WaitStatus.describeEnd(word));
        }
        return word;
    }

    /**
     * Has the stub do the list on its control page, and then a clone.
     *
     * @param entries how many
     * @param cloneFlags 0 for no clone
     * @param cloneControlOffset control page of the clone, -1 for the same
     * @return result of the last call: with {@code cloneFlags}, the id of the new thread; a negated
     *     errno if a call failed
     */
    long doBatch(int entries, long cloneFlags, long cloneControlOffset) throws StubLostException {
        clearRegisters(image.batch());
        return runBatch(entries, cloneFlags, cloneControlOffset);
    }

    /** As {@link #doBatch}, by a clone that was just seized and may not have done its prologue. */
    long doFirstBatch(long ownControlOffset, int entries, long cloneFlags, long cloneControlOffset)
            throws StubLostException {
        clearRegisters(image.prologue());
        set(UserRegs.R12, ownControlOffset);
        set(UserRegs.R15, 1);
        return runBatch(entries, cloneFlags, cloneControlOffset);
    }

    private long runBatch(int entries, long cloneFlags, long cloneControlOffset)
            throws StubLostException {
        set(UserRegs.RBX, StubLayout.CONTROL_PAGE);
        set(UserRegs.RBP, entries);
        set(UserRegs.R14, cloneFlags);
        set(UserRegs.R13, cloneControlOffset);
        runToTrap();
        return get(UserRegs.RAX);
    }

    /** How many calls of the last batch were not done because one failed. */
    int undoneCalls() {
        return (int) get(UserRegs.RBP);
    }

    /** Runs the image's set-up code. */
    void doSetup() throws StubLostException {
        clearRegisters(image.setup());
        runToTrap();
        if (get(UserRegs.RBX) != 0) {
            throw new StubLostException("stub set-up failed with errno " + -get(UserRegs.RAX));
        }
    }

    private void runToTrap() throws StubLostException {
        writeRegisters(registers);
        int stop;
        do {
            resume(PTRACE_CONT);
            stop = await();
            if (WaitStatus.isFault(WaitStatus.stopSignal(stop))) {
                throw new IllegalStateException(
                        "stub code stopped with signal " + WaitStatus.stopSignal(stop));
            }
            // anything else but the trap is a signal from outside, or an interrupt whose flag is
            // seen later
        } while (WaitStatus.stopSignal(stop) != WaitStatus.SIGTRAP || WaitStatus.event(stop) != 0);
        readRegisters(registers);
    }

    /** Lets go of the thread, which parks. */
    void park() throws StubLostException {
        clearRegisters(image.park());
        writeRegisters(registers);
        attached = false;
        check(host.traceDetach(tid, 0), "PTRACE_DETACH");
    }

    /** {@link #park} if there is still something to let go of. */
    void parkQuietly() {
        if (attached) {
            try {
                park();
            } catch (StubLostException e) {
                // gone: nothing left to park
            }
        }
    }

    /** Ends the thread (not its process). */
    void end() throws StubLostException {
        clearRegisters(image.exitThread());
        writeRegisters(registers);
        resume(PTRACE_CONT);
        try {
            while (true) {
                await();
                resume(PTRACE_CONT);
            }
        } catch (StubLostException e) {
            // exited, as it should
        }
    }

    void readRegisters(MemorySegment target) throws StubLostException {
        check(host.traceGetRegisters(tid, target), "PTRACE_GETREGS");
    }

    void writeRegisters(MemorySegment source) throws StubLostException {
        check(host.traceSetRegisters(tid, source), "PTRACE_SETREGS");
    }

    /** Sets one register, by {@link UserRegs} index. */
    void writeRegister(int index, long value) throws StubLostException {
        check(host.tracePokeUser(tid, index * 8L, value), "PTRACE_POKEUSER");
    }

    /** Gives the thread debug registers. */
    void writeDebugRegisters(DebugRegisters values) throws StubLostException {
        check(
                values.writeTo((offset, value) -> host.tracePokeUser(tid, offset, value)),
                "PTRACE_POKEUSER of debug registers");
    }

    /** Debug register 6, into a long. */
    void readDebugStatus(MemorySegment target) throws StubLostException {
        check(
                host.tracePeekUser(tid, DebugRegisters.STATUS_OFFSET, target),
                "PTRACE_PEEKUSER of a debug register");
    }

    void readSignalInfo(MemorySegment target) throws StubLostException {
        check(host.traceGetSignalInfo(tid, target), "PTRACE_GETSIGINFO");
    }

    void readSyscallInfo(MemorySegment target) throws StubLostException {
        check(host.traceGetSyscallInfo(tid, target), "PTRACE_GET_SYSCALL_INFO");
    }

    /** Reads a word of the thread's memory: 0, or a negated errno. */
    int readWord(long address, MemorySegment target) {
        return host.tracePeekData(tid, address, target);
    }

    private void clearRegisters(long rip) {
        registers.fill((byte) 0);
        set(UserRegs.RIP, rip);
        set(UserRegs.ORIG_RAX, -1);
        set(UserRegs.CS, USER_CODE_SEGMENT);
        set(UserRegs.SS, USER_DATA_SEGMENT);
        set(UserRegs.EFLAGS, CLEAN_FLAGS);
    }

    private long get(int index) {
        return registers.getAtIndex(JAVA_LONG, index);
    }

    private void set(int index, long value) {
        registers.setAtIndex(JAVA_LONG, index, value);
    }

    private void check(int result, String what) throws StubLostException {
        if (result >= 0) {
            return;
        }
        if (result == -Errno.ESRCH.number()) {
            // killed between two stops: reap it, so that its process can end
            host.pollFor(tid, status);
            attached = false;
            throw new StubLostException("stub thread was killed");
        }
        String reason = Errno.of((int) -result).map(Errno::message).orElse("errno " + -result);
        throw new IllegalStateException(what + ": " + reason);
    }
}
