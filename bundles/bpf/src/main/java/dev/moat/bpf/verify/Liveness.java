package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Instruction;
import java.util.Arrays;

/** Which registers are still read behind each instruction: what others hold does not matter. */
final class Liveness {
    private static final int ALL = (1 << Knowledge.REGISTERS) - 1;

    /** More rounds are for programs that are made to need them. */
    private static final int MOST_ROUNDS = 12;

    private static final int SCRATCHED = 0x3f;

    private Liveness() {}

    /** Bit n of element i: register n is read at instruction i or behind it before it is set. */
    static short[] of(long[] program) {
        short[] live = new short[program.length];
        for (int round = 0; round < MOST_ROUNDS; round++) {
            if (!sweep(program, live)) {
                return live;
            }
        }
        Arrays.fill(live, (short) ALL);
        return live;
    }

    private static boolean sweep(long[] program, short[] live) {
        boolean changed = false;
        for (int i = program.length - 1; i >= 0; i--) {
            long each = program[i];
            int behind = 0;
            boolean exit = Instruction.code(each) == Instruction.EXIT;
            int next = Instruction.code(each) == Instruction.LOAD_WIDE ? i + 2 : i + 1;
            if (!exit && !Instruction.isAlways(each) && next < program.length) {
                behind |= live[next];
            }
            if (Instruction.isJump(each)) {
                behind |= live[(int) Instruction.destination(each, i)];
            }
            int now = behind & ~written(each) | read(each);
            if ((short) now != live[i]) {
                live[i] = (short) now;
                changed = true;
            }
        }
        return changed;
    }

    private static int written(long each) {
        return switch (Instruction.kind(each)) {
            case BPF_ALU, BPF_ALU64, BPF_LD, BPF_LDX -> 1 << Instruction.target(each);
            case BPF_JMP -> Instruction.code(each) == Instruction.CALL ? SCRATCHED : 0;
            default -> 0;
        };
    }

    private static int read(long each) {
        int target = 1 << Instruction.target(each);
        int source = 1 << Instruction.source(each);
        return switch (Instruction.kind(each)) {
            case BPF_LD -> 0;
            case BPF_LDX -> source;
            case BPF_ST -> target;
            case BPF_STX -> target | source;
            case BPF_ALU, BPF_ALU64 -> {
                int operation = Instruction.operation(each);
                boolean unary = operation == BPF_NEG || operation == BPF_END;
                int second = Instruction.isRegister(each) && !unary ? source : 0;
                yield operation == BPF_MOV ? second : target | second;
            }
            default -> {
                if (Instruction.code(each) == Instruction.EXIT) {
                    yield 1;
                }
                yield Instruction.isAlways(each) || Instruction.code(each) == Instruction.CALL
                        ? 0
                        : target | (Instruction.isRegister(each) ? source : 0);
            }
        };
    }
}
