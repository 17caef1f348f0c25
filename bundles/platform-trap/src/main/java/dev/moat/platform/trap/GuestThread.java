package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Errno;
import dev.moat.abi.Seccomp;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A thread of a stub process that runs guest code for one context after another. It is stopped
 * (notified or handed over) unless between {@link #resume} and the end of {@link #await}. One Java
 * thread at a time uses it. Allocates nothing after construction.
 */
final class GuestThread {
    /**
     * SIGURG: makes a thread hand over. Ignored by default, so that it cannot hurt whoever is no
     * guest thread yet.
     */
    static final int INTERRUPT_SIGNAL = 23;

    private static final int SIGKILL = 9;

    /** Length of the {@code syscall} instruction. */
    private static final int SYSCALL_BYTES = 2;

    /**
     * How long to look for a call: as long as it takes to wake a thread on another CPU, so that
     * looking in vain costs no more than twice what it had cost to wait at once.
     */
    private static final long POLL_NS = 50_000;

    /** Looks between two looks at the clock and at what comes in another way. */
    private static final int LOOKS = 64;

    /** CPU time that no hand-over takes: a thread that used it with the signal blocked hides. */
    private static final long HIDING_NS = 50_000_000;

    // struct seccomp_notif
    private static final int ID = 0;
    private static final int TID = 8;
    private static final int NUMBER = 16;
    private static final int INSTRUCTION_POINTER = 24;
    private static final int ARGUMENTS = 32;

    // struct seccomp_notif_resp
    private static final int ANSWER_ID = 0;
    private static final int ANSWER_VALUE = 8;
    private static final int ANSWER_FLAGS = 20;

    private final HostNotifications host;
    private final HostProcesses processes;
    private final int processId;
    private final int listener;
    private final Slot slot;
    private final long handoverAt;
    private final MemorySegment notification;
    private final MemorySegment answer;
    private final HostFrame frame;
    private final InterruptWatch watch;
    private final SharedCall shared;
    private final TrampolineExit trampoline;

    /** Whether all registers are in the frame; else a system call waits for its result. */
    private boolean handedOver;

    /** Whether a trampoline has called, and waits for its result without the host. */
    private boolean called;

    /** Whether we poll for calls of trampolines when the thread runs next. */
    private boolean polling;

    /** Address behind the call site in whose trampoline the thread was stopped; 0 for none. */
    private long trampolineBehind;

    /** Whether the guest has run in it. */
    private boolean fresh = true;

    /** Written by the user of the thread; read by those who interrupt it. */
    private volatile int tid;

    /** Whether a signal was sent since the thread last stopped. Any thread. */
    private volatile boolean signalled;

    /** How often the thread has stopped. Written by its user, read by the watch. */
    private volatile long stops;

    /** The watch's memory. */
    private long seenStops;

    /** Whether the watch has this. Any thread. */
    private volatile boolean watched;

    /** CPU time at the watch's last look; negative: the signal was not blocked then. */
    private long hiddenSinceNs = -1;

    /** A thread that is about to hand over for the first time. */
    GuestThread(TrapSession session, int processId, int listener, Slot slot, CallPatches patches) {
        host = session.notifications();
        processes = session.processes();
        this.processId = processId;
        this.listener = listener;
        this.slot = slot;
        watch = session.watch();
        handoverAt = session.image().handover();
        MemorySegment memory =
                Arena.ofAuto()
                        .allocate(
                                HostNotifications.NOTIFICATION_BYTES
                                        + HostNotifications.ANSWER_BYTES,
                                8);
        notification = memory.asSlice(0, HostNotifications.NOTIFICATION_BYTES);
        answer = memory.asSlice(HostNotifications.NOTIFICATION_BYTES);
        frame = new HostFrame(slot);
        shared = new SharedCall(slot);
        trampoline = new TrampolineExit(session.trampolines(), patches, shared, frame, slot);
    }

    int tid() {
        return tid;
    }

    boolean isFresh() {
        return fresh;
    }

    int listener() {
        return listener;
    }

    Slot slot() {
        return slot;
    }

    /** What the host stored at the hand-over. */
    HostFrame frame() {
        return frame;
    }

    boolean isHandedOver() {
        return handedOver;
    }

    /** Of a notified thread: the system call's number. */
    int number() {
        return called ? shared.number() : notification.get(JAVA_INT, NUMBER);
    }

    /**
     * Of a notified thread: argument 0 to 5; of one that has handed over: signal and structures.
     */
    long argument(int index) {
        return called
                ? shared.argument(index)
                : notification.get(JAVA_LONG, ARGUMENTS + index * 8L);
    }

    /** Of a notified thread: the address behind the system call's instruction. */
    long instructionPointer() {
        return called ? shared.behind() : notification.get(JAVA_LONG, INSTRUCTION_POINTER);
    }

    /** Whether a trampoline has called, without the host. */
    boolean isCalled() {
        return called;
    }

    /** Of a notified thread: whether a trampoline was on the way of its call. */
    boolean cameByTrampoline() {
        return shared.wasTried(instructionPointer());
    }

    /** Whether we look for calls of trampolines when the thread runs next. */
    void setPolling(boolean on) {
        polling = on;
    }

    /** Of one that has handed over: the site in whose trampoline it was; 0 for none. */
    long trampolineBehind() {
        return trampolineBehind;
    }

    /**
     * Lets the thread go on: with the result of its system call, or, from a hand-over, with {@link
     * StubLayout#RETURN}, {@link StubLayout#LOAD_BASES} or {@link StubLayout#EXIT}.
     */
    void resume(long value) throws StubLostException {
        fresh = false;
        if (called) {
            called = false;
            answerCall(value);
        } else {
            shared.prepare(polling);
            answer(value);
        }
    }

    /** Has the host do the system call of a notified thread. */
    void resumeInHost() throws StubLostException {
        fresh = false;
        shared.prepare(polling);
        answer.set(JAVA_INT, ANSWER_FLAGS, Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE);
        try {
            answer(0);
        } finally {
            answer.set(JAVA_INT, ANSWER_FLAGS, 0);
        }
    }

    /** Answers a trampoline; one that waits no longer makes its call once more, for the result. */
    private void answerCall(long value) throws StubLostException {
        long behind = shared.behind();
        if (shared.answer(value)) {
            return;
        }
        receive();
        shared.prepare(polling);
        if (handedOver) {
            frame.writeResult(value);
            frame.setBehindCall(behind);
        }
        answer(handedOver ? StubLayout.RETURN : value);
    }

    private void answer(long value) throws StubLostException {
        answer.set(JAVA_LONG, ANSWER_ID, notification.get(JAVA_LONG, ID));
        answer.set(JAVA_LONG, ANSWER_VALUE, value);
        int result = host.answer(listener, answer);
        if (result < 0) {
            throw new StubLostException("stub thread is gone: errno " + -result);
        }
    }

    /** Waits until the thread stops again. */
    void await() throws StubLostException {
        if (polling && pollForCall() || !shared.close()) {
            shared.take();
            stops = stops + 1;
            called = true;
            handedOver = false;
        } else {
            receive();
        }
    }

    /** Looks for a call of a trampoline, until something else comes or too much time is over. */
    private boolean pollForCall() {
        long start = System.nanoTime();
        while (true) {
            for (int i = 0; i < LOOKS; i++) {
                if (shared.isCalled()) {
                    return true;
                }
                Thread.onSpinWait();
            }
            if (host.isReady(listener) || System.nanoTime() - start > POLL_NS) {
                return shared.isCalled();
            }
        }
    }

    private void receive() throws StubLostException {
        int result;
        do {
            result = host.receive(listener, notification);
            if (result == -Errno.ENOENT.number() && host.isDeserted(listener)) {
                throw new StubLostException("stub thread was killed");
            }
            // else a notification that its thread took back to look at a signal first
        } while (result == -Errno.ENOENT.number() || result == -Errno.EINTR.number());
        if (result < 0) {
            throw new StubLostException("no notification: errno " + -result);
        }
        signalled = false;
        stops = stops + 1;
        tid = notification.get(JAVA_INT, TID);
        handedOver = instructionPointer() == handoverAt;
        if (handedOver && !frame.find(argument(0), argument(1), argument(2))) {
            throw new StubLostException("hand-over without a frame");
        }
        trampolineBehind = handedOver ? trampoline.leave() : 0;
    }

    /**
     * Turns a notified thread into one that has handed over: a signal is pending when its system
     * call ends, with 0 for now.
     */
    void pull() throws StubLostException {
        if (called) {
            pullCalled();
            return;
        }
        interrupt();
        resume(0);
        receive();
        if (!handedOver) {
            throw new StubLostException("no hand-over after a signal");
        }
    }

    /**
     * Lets a thread that has handed over out of the system call with which it did, to be stopped
     * there by a tracer.
     */
    void leaveHandover() throws StubLostException {
        answer(0);
    }

    /** Waits until a thread has made that system call once more, with the same frame. */
    void awaitHandover() throws StubLostException {
        receive();
        if (!handedOver) {
            throw new StubLostException("no hand-over after a tracer's look");
        }
    }

    /** Where the instruction of the hand-over is. */
    long handoverInstruction() {
        return handoverAt - SYSCALL_BYTES;
    }

    /** The same of a thread that waits in a trampoline: it is to be behind its call. */
    private void pullCalled() throws StubLostException {
        long behind = shared.behind();
        called = false;
        shared.sendAway();
        interrupt();
        receive();
        if (!handedOver) {
            shared.prepare(false);
            answer(0);
            receive();
        }
        if (!handedOver) {
            throw new StubLostException("no hand-over after a signal");
        }
        shared.prepare(false);
        frame.setBehindCall(behind);
    }

    /** Has the thread hand over, now or when it next runs. Any thread. */
    void interrupt() {
        signalled = true;
        processes.signalThread(processId, tid, INTERRUPT_SIGNAL);
        if (!watched) {
            watched = true;
            watch.add(this);
        }
    }

    /**
     * Whether the thread has stopped since it was last interrupted. One that goes on computing with
     * the signal blocked, which only a guest that forges frames can do, is killed with its process.
     * For the watch.
     */
    boolean isInterruptOver() {
        // before the look: an interrupt after it adds this anew
        watched = false;
        if (!signalled) {
            hiddenSinceNs = -1;
            return true;
        }
        watched = true;
        if (stops != seenStops) {
            // it does stop: this is another interrupt
            seenStops = stops;
            hiddenSinceNs = -1;
        }
        boolean blocked = (host.blockedSignals(tid) >>> (INTERRUPT_SIGNAL - 1) & 1) != 0;
        long used = blocked ? processes.threadCpuTimeNs(tid) : -1;
        if (hiddenSinceNs >= 0 && used - hiddenSinceNs > HIDING_NS) {
            processes.signalProcess(processId, SIGKILL);
            return true;
        }
        if (hiddenSinceNs < 0 || used < 0) {
            hiddenSinceNs = used;
        }
        return false;
    }
}
