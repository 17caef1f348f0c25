package dev.moat.task.process;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.swap.Stateful;

/**
 * The registers of a tracee while it stops: the tracee fills them, the tracer looks at them and
 * changes them, the tracee takes them back. One of the two is at work at a time; the stop hands
 * them over.
 */
@Stateful
public final class TracedRegisters {
    private static final long NO_CALL = -1;

    private long[] general = new long[UserRegs.COUNT];
    private byte[] floating = {};
    private final TracedDebugRegisters debug = new TracedDebugRegisters();
    private boolean generalChanged;
    private boolean floatingChanged;

    /** {@code orig_rax}: the number of the call that the task is in or comes from, or -1. */
    private long call = NO_CALL;

    /** Tracee: the call that it makes. */
    void setCall(long number) {
        call = number;
    }

    /** Tracee: it left guest code for another reason than a call. */
    void forgetCall() {
        call = NO_CALL;
    }

    long call() {
        return call;
    }

    /** Tracee: shows what its context has. */
    void fill(ExecutionContext context) {
        ContextState state = ContextState.of(context);
        general = state.registers();
        general[UserRegs.ORIG_RAX] = call;
        floating = state.fpState();
        generalChanged = false;
        floatingChanged = false;
    }

    /** Tracee: at the beginning of a call rax is -ENOSYS. */
    void setResult(long value) {
        general[UserRegs.RAX] = value;
    }

    /** Both: what the processor watches for the tracee. */
    public TracedDebugRegisters debug() {
        return debug;
    }

    /** Tracee: takes back what was changed; gives whether something was. */
    boolean restore(ExecutionContext context) {
        if (generalChanged) {
            call = general[UserRegs.ORIG_RAX];
            long[] copy = general.clone();
            // The host must not think of a call of its own.
            copy[UserRegs.ORIG_RAX] = NO_CALL;
            context.registers().copyFrom(copy);
        }
        if (floatingChanged) {
            context.loadFpState(floating);
        }
        DebugRegisters watched = debug.takeChanged();
        if (watched != null) {
            context.setDebugRegisters(watched);
        }
        boolean changed = generalChanged;
        generalChanged = false;
        floatingChanged = false;
        return changed;
    }

    /** Tracer: register {@code index} of {@link UserRegs}. */
    public long get(int index) {
        return general[index];
    }

    /** Tracer. */
    public void set(int index, long value) {
        general[index] = value;
        generalChanged = true;
    }

    /** Tracer: the XSAVE image; what is written to it counts after {@link #floatingChanged}. */
    public byte[] floating() {
        return floating;
    }

    /** Tracer. */
    public void setFloating(byte[] image) {
        floating = image;
        floatingChanged = true;
    }
}
