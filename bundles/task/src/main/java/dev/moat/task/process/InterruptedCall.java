package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Registers;
import dev.moat.api.swap.Stateful;

/**
 * The system call of a task that a signal has interrupted: whether it fails, or is made again, is
 * known only when the signal is delivered. Own thread of the task only.
 */
@Stateful
final class InterruptedCall {
    private static final int RESTART_SYSCALL = 219;

    /** Length of the {@code syscall} instruction. */
    private static final int SYSCALL_BYTES = 2;

    /** -ERESTART*, as the call's result says how it is made again; 0: there is no such call. */
    private long code;

    private int number;

    InterruptedCall() {}

    InterruptedCall(long code, int number) {
        this.code = code;
        this.number = number;
    }

    void begin(int call, long restartCode) {
        code = restartCode;
        number = call;
    }

    void forget() {
        code = 0;
    }

    /** The tracer has exchanged registers: the call restarts if he left that to see. */
    void registersExchanged(long call, Registers registers) {
        if (call < 0 || registers.get(UserRegs.RAX) != code) {
            code = 0;
        }
    }

    /** A handler starts: the call fails with EINTR or restarts afterwards, as its code says. */
    void beforeHandler(Registers registers, Verdict.Handle handle) {
        if (code == 0) {
            return;
        }
        if (HandlerStart.restarts(code, handle)) {
            rewind(registers, number);
        } else {
            registers.set(UserRegs.RAX, Errno.EINTR.negated());
        }
        code = 0;
    }

    /** No handler ran: the call is made again, or goes on through restart_syscall(2). */
    void restart(Registers registers) {
        if (code == 0) {
            return;
        }
        rewind(registers, code == -Restart.ERESTART_RESTARTBLOCK ? RESTART_SYSCALL : number);
        code = 0;
    }

    private static void rewind(Registers registers, int call) {
        registers.set(UserRegs.RAX, call);
        registers.set(UserRegs.RIP, registers.get(UserRegs.RIP) - SYSCALL_BYTES);
    }
}
