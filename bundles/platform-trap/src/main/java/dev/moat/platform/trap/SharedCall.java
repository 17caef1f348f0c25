package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * System calls that a trampoline hands over in its slot, without the host, while we poll. The slot
 * is read once for each call; all of it may be the guest's invention, which costs the guest no more
 * than the call that it could have made.
 *
 * <p>States: we poll ({@link #OPEN}) or not; the guest has called and looks for the answer; it was
 * told to make the call properly ({@link #LEAVE}), or does so because that took too long ({@link
 * #LEFT}). An answer makes the state open again.
 */
final class SharedCall {
    static final int CLOSED = 0;
    static final int OPEN = 1;
    static final int CALLED = 2;
    static final int LEAVE = 3;
    static final int LEFT = 4;

    private static final int ARGUMENTS = 6;
    private static final VarHandle STATE = JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final long[] arguments = new long[ARGUMENTS];
    private int number;
    private long behind;

    SharedCall(Slot slot) {
        memory = slot.memory();
    }

    /** The thread is stopped: from its resumption on we poll, or do not. */
    void prepare(boolean polling) {
        STATE.setRelease(memory, (long) StubLayout.SLOT_STATE, polling ? OPEN : CLOSED);
    }

    /** Whether the guest has called. */
    boolean isCalled() {
        return (int) STATE.getAcquire(memory, (long) StubLayout.SLOT_STATE) == CALLED;
    }

    /** Polls no more; false if a call came first. */
    boolean close() {
        return exchange(OPEN, CLOSED) || !isCalled();
    }

    /** Takes what the guest has called. */
    void take() {
        number = (int) memory.get(JAVA_LONG, StubLayout.SLOT_NUMBER);
        behind = memory.get(JAVA_LONG, StubLayout.SLOT_BEHIND);
        for (int i = 0; i < ARGUMENTS; i++) {
            arguments[i] = memory.get(JAVA_LONG, StubLayout.SLOT_ARGUMENTS + i * 8L);
        }
    }

    /** Whether the last trampoline was that of the site that ends at {@code address}. */
    boolean wasTried(long address) {
        return memory.get(JAVA_LONG, StubLayout.SLOT_BEHIND) == address;
    }

    int number() {
        return number;
    }

    long argument(int index) {
        return arguments[index];
    }

    long behind() {
        return behind;
    }

    /** Gives the result; false if the guest looks for it no more. Then the call comes again. */
    boolean answer(long result) {
        memory.set(JAVA_LONG, StubLayout.SLOT_RESULT, result);
        return exchange(CALLED, OPEN);
    }

    /** Has the guest make the call properly. */
    void sendAway() {
        exchange(CALLED, LEAVE);
    }

    private boolean exchange(int from, int to) {
        return STATE.compareAndSet(memory, (long) StubLayout.SLOT_STATE, from, to);
    }

    int state() {
        return (int) STATE.getAcquire(memory, (long) StubLayout.SLOT_STATE);
    }
}
