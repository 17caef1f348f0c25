package dev.moat.bpf;

import static dev.moat.abi.Bpf.*;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.cgroup.DeviceUse;
import dev.moat.api.cgroup.StepBudget;
import dev.moat.bpf.verify.Refusal;
import dev.moat.bpf.verify.Verifier;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the verifier takes does what it expects. */
class RandomProgramsTest {
    private static final int PROGRAMS = 20_000;
    private static final int[] OPERATIONS = {
        BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR,
        BPF_MOV, BPF_ARSH
    };
    private static final int[] JUMPS = {
        BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET, BPF_JNE, BPF_JSGT, BPF_JSGE, BPF_JLT, BPF_JLE,
        BPF_JSLT, BPF_JSLE
    };
    private static final int[] CONSTANTS = {
        0, 1, 2, 3, 7, 31, -1, -2, 255, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    private final Random random = new Random(20261127);

    @Test
    void answerOfVerifiedProgram_isZeroOrOne() {
        Rights rights = new Rights(true, true, true, true);
        int taken = 0;
        for (int i = 0; i < PROGRAMS; i++) {
            long[] program = program();
            try {
                new Verifier(program, ProgramType.DEVICES, rights, Free.INSTANCE)
                        .verify(fd -> false);
            } catch (Refusal refused) {
                continue;
            }
            taken++;
            for (int use = 0; use < 6; use++) {
                DeviceUse asked = new DeviceUse(1 + use % 2, use, use, random.nextInt());
                long answer = new Machine(program, null, asked).run(new StepBudget(1 << 20));
                assertTrue(answer == 0 || answer == 1, () -> text(program) + " " + asked);
            }
        }
        assertTrue(taken > PROGRAMS / 20, "too few were taken: " + taken);
    }

    /** Reads what is asked, computes with it, and mostly sees to it that the answer is small. */
    private long[] program() {
        int count = 6 + random.nextInt(14);
        long[] program = new long[count + 3];
        program[0] = of(BPF_ALU64 | BPF_MOV, 0, 0, 0, constant());
        program[1] = of(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 8, 0);
        program[2] = of(BPF_LDX | BPF_MEM | BPF_W, 3, 1, 4, 0);
        for (int i = 3; i < count; i++) {
            program[i] = random.nextInt(3) == 0 ? jump(i, count) : arithmetic();
        }
        int last = random.nextInt(3);
        program[count] =
                switch (last) {
                    case 0 -> of(BPF_JMP | BPF_JLE, 0, 0, 1, 1);
                    case 1 -> of(BPF_JMP32 | BPF_JLT, 0, 0, 1, 2);
                    default -> arithmetic();
                };
        program[count + 1] = of(BPF_ALU64 | BPF_MOV, 0, 0, 0, 1);
        if (last == 2 && random.nextBoolean()) {
            program[count + 1] = of(BPF_ALU64 | BPF_AND, 0, 0, 0, 1);
        }
        program[count + 2] = of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
        return program;
    }

    private long arithmetic() {
        int kind = random.nextBoolean() ? BPF_ALU : BPF_ALU64;
        int operation = OPERATIONS[random.nextInt(OPERATIONS.length)];
        boolean register = random.nextBoolean();
        boolean shifts = operation == BPF_LSH || operation == BPF_RSH || operation == BPF_ARSH;
        int value = shifts ? random.nextInt(32) : constant();
        return register
                ? of(kind | operation | BPF_X, register(), register(), 0, 0)
                : of(kind | operation, register(), 0, 0, value);
    }

    private long jump(int at, int count) {
        int kind = random.nextBoolean() ? BPF_JMP : BPF_JMP32;
        int operation = JUMPS[random.nextInt(JUMPS.length)];
        int distance = random.nextInt(count - at);
        return random.nextBoolean()
                ? of(kind | operation | BPF_X, register(), register(), distance, 0)
                : of(kind | operation, register(), 0, distance, constant());
    }

    private int register() {
        int number = random.nextInt(3);
        return number == 1 ? 3 : number;
    }

    private int constant() {
        return CONSTANTS[random.nextInt(CONSTANTS.length)];
    }

    private static long of(int code, int target, int source, int offset, int value) {
        return code
                | (long) target << 8
                | (long) source << 12
                | (offset & 0xffffL) << 16
                | (long) value << 32;
    }

    private static String text(long[] program) {
        StringBuilder out = new StringBuilder();
        for (long each : program) {
            out.append("%016x ".formatted(each));
        }
        return out.toString();
    }

    /** Everything may be used. */
    private enum Free implements Verifier.Ration {
        INSTANCE;

        @Override
        public boolean takeNode(int bytes) {
            return true;
        }

        @Override
        public boolean isInterrupted() {
            return false;
        }
    }
}
