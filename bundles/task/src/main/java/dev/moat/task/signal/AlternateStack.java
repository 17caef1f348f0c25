package dev.moat.task.signal;

import dev.moat.abi.Errno;
import dev.moat.abi.Signals;
import dev.moat.abi.StackT;
import dev.moat.api.swap.Stateful;

/** sigaltstack(2) of one task. Used by the task's own thread only. */
@Stateful
public final class AlternateStack {
    /** SS_AUTODISARM is the sign bit: flags that sigaltstack(2) takes beside a mode. */
    private static final int FLAG_BITS = Signals.SS_AUTODISARM;

    private static final StackT NONE = new StackT(0, Signals.SS_DISABLE, 0);

    /** None either, but nobody has taken it away: the first process has it, and its children. */
    private static final StackT UNSET = new StackT(0, 0, 0);

    private StackT stack = UNSET;

    /** What was set, the flags as they came. */
    public StackT stack() {
        return stack;
    }

    /** What sigaltstack(2) tells while the stack pointer is {@code stackPointer}. */
    public StackT describe(long stackPointer) {
        return new StackT(
                stack.base(),
                stateFlags(stackPointer) | stack.flags() & FLAG_BITS,
                stack.sizeBytes());
    }

    /**
     * Sets a new stack.
     *
     * @throws dev.moat.abi.ErrnoException EPERM while the task runs on the old one, EINVAL for
     *     unknown flags, ENOMEM if it is smaller than MINSIGSTKSZ
     */
    public void set(StackT wanted, long stackPointer) {
        if (isOn(stackPointer)) {
            throw Errno.EPERM.exception();
        }
        int mode = wanted.flags() & ~FLAG_BITS;
        if (mode != Signals.SS_DISABLE && mode != Signals.SS_ONSTACK && mode != 0) {
            throw Errno.EINVAL.exception();
        }
        if (wanted.equals(stack)) {
            // Looked at before the size: do_sigaltstack().
            return;
        }
        if (mode == Signals.SS_DISABLE) {
            stack = new StackT(0, wanted.flags(), 0);
            return;
        }
        if (Long.compareUnsigned(wanted.sizeBytes(), Signals.MINSIGSTKSZ) < 0) {
            throw Errno.ENOMEM.exception();
        }
        stack = wanted;
    }

    /** What rt_sigreturn(2) does with the stack of the frame: errors are ignored, as Linux does. */
    public void restore(StackT wanted, long stackPointer) {
        try {
            set(wanted, stackPointer);
        } catch (dev.moat.abi.ErrnoException e) {
            // arch/x86/kernel/signal_64.c: restore_altstack's result is not looked at beyond
            // EFAULT.
            return;
        }
    }

    /** No stack, as for threads: sas_ss_reset(). */
    public void disable() {
        stack = NONE;
    }

    /** No stack after execve(2), which leaves the flags: begin_new_exec(). */
    public void forget() {
        stack = new StackT(0, stack.flags(), 0);
    }

    /** Takes over the stack of the parent (fork without CLONE_VM, vfork). */
    public void copyFrom(AlternateStack other) {
        stack = other.stack;
    }

    /** SS_AUTODISARM: the stack is forgotten when a handler starts; the frame has it. */
    public void disarmIfAutomatic() {
        if ((stack.flags() & Signals.SS_AUTODISARM) != 0) {
            stack = NONE;
        }
    }

    /** Whether there is one. */
    public boolean isEnabled() {
        return stack.sizeBytes() != 0;
    }

    /**
     * Whether {@code stackPointer} is on the stack; never with SS_AUTODISARM,
     * include/linux/sched/signal.h.
     */
    public boolean isOn(long stackPointer) {
        return (stack.flags() & Signals.SS_AUTODISARM) == 0 && contains(stackPointer);
    }

    /** Whether the address lies in the stack's range. */
    public boolean contains(long stackPointer) {
        return Long.compareUnsigned(stackPointer, stack.base()) > 0
                && Long.compareUnsigned(stackPointer - stack.base(), stack.sizeBytes()) <= 0;
    }

    /** The address behind the stack, where it starts to grow down. */
    public long top() {
        return stack.base() + stack.sizeBytes();
    }

    private int stateFlags(long stackPointer) {
        if (stack.sizeBytes() == 0) {
            return Signals.SS_DISABLE;
        }
        return isOn(stackPointer) ? Signals.SS_ONSTACK : 0;
    }
}
