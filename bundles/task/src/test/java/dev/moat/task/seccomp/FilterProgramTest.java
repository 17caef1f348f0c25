package dev.moat.task.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.ErrnoException;
import dev.moat.lib.bpf.Instructions;
import dev.moat.lib.bpf.Interpreter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two ways to run a filter, and the two short cuts, agree on whatever the checker lets through. */
class FilterProgramTest {
    private static final int[] CODES = {
        Instructions.LOAD,
        Instructions.LOAD_LENGTH,
        Instructions.LOAD_CONSTANT,
        Instructions.LOAD_MEMORY,
        Instructions.LOAD_X_LENGTH,
        Instructions.LOAD_X_CONSTANT,
        Instructions.LOAD_X_MEMORY,
        Instructions.STORE,
        Instructions.STORE_X,
        Instructions.ADD,
        Instructions.ADD_X,
        Instructions.SUBTRACT,
        Instructions.SUBTRACT_X,
        Instructions.MULTIPLY,
        Instructions.MULTIPLY_X,
        Instructions.DIVIDE,
        Instructions.DIVIDE_X,
        Instructions.AND,
        Instructions.AND_X,
        Instructions.OR,
        Instructions.OR_X,
        Instructions.XOR,
        Instructions.XOR_X,
        Instructions.SHIFT_LEFT,
        Instructions.SHIFT_LEFT_X,
        Instructions.SHIFT_RIGHT,
        Instructions.SHIFT_RIGHT_X,
        Instructions.NEGATE,
        Instructions.JUMP,
        Instructions.JUMP_EQUAL,
        Instructions.JUMP_EQUAL_X,
        Instructions.JUMP_GREATER,
        Instructions.JUMP_GREATER_X,
        Instructions.JUMP_AT_LEAST,
        Instructions.JUMP_AT_LEAST_X,
        Instructions.JUMP_SET,
        Instructions.JUMP_SET_X,
        Instructions.RETURN,
        Instructions.RETURN_A,
        Instructions.A_TO_X,
        Instructions.X_TO_A
    };

    private final Random random = new Random(4711);

    @Test
    void compiledFilters_answerAsInterpretedOnes() {
        int compared = 0;
        for (int i = 0; i < 40_000 && compared < 500; i++) {
            long[] program = randomProgram();
            if (isValid(program)) {
                compared++;
                FilterProgram compiled = FilterCompiler.compile(program);
                for (int round = 0; round < 20; round++) {
                    int[] words = random.ints(16).toArray();
                    words[0] = random.nextInt(4);
                    assertEquals(
                            Interpreter.run(program, new CallInput(words)), compiled.run(words));
                }
            }
        }
        assertTrue(compared >= 300, "only " + compared + " programs were valid");
    }

    @Test
    void constantAnswers_areThoseOfTheProgram() {
        int constant = 0;
        for (int i = 0; i < 20_000; i++) {
            long[] program = numberProgram();
            if (isValid(program)) {
                for (int number = 0; number < 4; number++) {
                    if (ConstantAnswers.allows(program, number)) {
                        constant++;
                        int[] words = random.ints(16).toArray();
                        words[0] = number;
                        words[1] = 0xc000003e;
                        assertEquals(0x7fff0000, Interpreter.run(program, new CallInput(words)));
                    }
                }
            }
        }
        assertTrue(constant > 300, "only " + constant + " constant answers");
    }

    @Test
    void wordsThatMayNotBeWritten_areNotRead() {
        long branch = instruction(Instructions.JUMP_EQUAL, 0, 1, 1);
        long end = instruction(Instructions.RETURN, 0, 0, 0);
        long write = instruction(Instructions.STORE, 0, 0, 3);
        long read = instruction(Instructions.LOAD_MEMORY, 0, 0, 3);
        assertTrue(isValid(write, read, end));
        assertTrue(isValid(write, branch, write, read, end));
        assertEquals(false, isValid(branch, write, read, end));
        assertEquals(false, isValid(read, end));
    }

    private static boolean isValid(long... program) {
        try {
            FilterChecker.check(program);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Random instructions behind stores to two words of memory, so that loads may succeed. */
    private long[] randomProgram() {
        List<Long> program = new ArrayList<>();
        program.add(instruction(Instructions.STORE, 0, 0, 0));
        program.add(instruction(Instructions.STORE_X, 0, 0, 1));
        int length = 2 + random.nextInt(12);
        for (int i = 0; i < length; i++) {
            int code = CODES[random.nextInt(CODES.length)];
            int operand =
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(2);
                        case 1 -> random.nextInt(32);
                        case 2 -> 4 * random.nextInt(16);
                        default -> random.nextInt();
                    };
            if (code == Instructions.JUMP) {
                operand = random.nextInt(3);
            }
            program.add(instruction(code, random.nextInt(3), random.nextInt(3), operand));
        }
        program.add(instruction(Instructions.RETURN_A, 0, 0, 0));
        return program.stream().mapToLong(Long::longValue).toArray();
    }

    /** Programs that look at the number, mostly. */
    private long[] numberProgram() {
        List<Long> program = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            program.add(
                    switch (random.nextInt(5)) {
                        case 0 -> instruction(Instructions.LOAD, 0, 0, 4 * random.nextInt(3));
                        case 1 ->
                                instruction(
                                        Instructions.JUMP_EQUAL,
                                        random.nextInt(2),
                                        random.nextInt(2),
                                        random.nextInt(4));
                        case 2 -> instruction(Instructions.AND, 0, 0, random.nextInt(4));
                        case 3 -> instruction(Instructions.JUMP, 0, 0, random.nextInt(2));
                        default ->
                                instruction(
                                        Instructions.JUMP_AT_LEAST,
                                        random.nextInt(2),
                                        random.nextInt(2),
                                        random.nextInt(4));
                    });
        }
        program.add(instruction(Instructions.RETURN, 0, 0, 0x00050001));
        program.add(instruction(Instructions.RETURN, 0, 0, 0x7fff0000));
        return program.stream().mapToLong(Long::longValue).toArray();
    }

    private static long instruction(int code, int ifTrue, int ifFalse, int operand) {
        return code | (long) ifTrue << 16 | (long) ifFalse << 24 | (long) operand << 32;
    }
}
