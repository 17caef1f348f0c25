package dev.moat.task.process;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Registers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guest code for tests: one step per two bytes, so that rewinding rip over a {@code syscall}
 * instruction works as on the real thing.
 */
final class GuestProgram {
    static final long CODE = 0x400000;
    static final int STEP_BYTES = 2;

    /** One instruction; null: goes on, else leaves guest code. */
    interface Step {
        @Nullable Exit run(FakeCpu cpu);
    }

    private final List<Step> steps = new ArrayList<>();

    /** Address of the next step. */
    long here() {
        return CODE + (long) steps.size() * STEP_BYTES;
    }

    GuestProgram step(Step step) {
        steps.add(step);
        return this;
    }

    /** Sets rax and the arguments, then calls. */
    GuestProgram call(int number, long... arguments) {
        step(cpu -> {
            cpu.prepareCall(number, arguments);
            return null;
        });
        return syscall();
    }

    /** The instruction alone. */
    GuestProgram syscall() {
        return step(FakeCpu::systemCall);
    }

    /** Looks at the registers. */
    GuestProgram look(java.util.function.Consumer<Registers> observer) {
        return step(cpu -> {
            observer.accept(cpu.registers());
            return null;
        });
    }

    /** Jumps if rax is zero: the child's side of a fork. */
    GuestProgram jumpIfZero(long[] target) {
        return step(cpu -> {
            if (cpu.registers().get(UserRegs.RAX) == 0) {
                cpu.registers().set(UserRegs.RIP, target[0]);
            }
            return null;
        });
    }

    GuestProgram jump(long[] target) {
        return step(cpu -> {
            cpu.registers().set(UserRegs.RIP, target[0]);
            return null;
        });
    }

    Step at(long rip) {
        return steps.get((int) ((rip - CODE) / STEP_BYTES));
    }

    boolean contains(long rip) {
        long index = (rip - CODE) / STEP_BYTES;
        return rip >= CODE && index < steps.size();
    }
}
