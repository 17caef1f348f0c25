package dev.moat.task.seccomp;

import static dev.moat.lib.bpf.Instructions.*;

import dev.moat.abi.Seccomp;
import dev.moat.lib.bpf.Interpreter;

/**
 * Finds out for which calls a filter looks at nothing but the number and allows: most calls of most
 * programs, which need not run it then. Source: kernel/seccomp.c seccomp_is_const_allow.
 */
final class ConstantAnswers {
    private static final int NUMBER = 0;
    private static final int ARCHITECTURE = 4;
    private static final int POINTER = 8;
    private static final int FIRST_ARGUMENT = 16;

    private ConstantAnswers() {}

    /** Whether {@code program} looks at where the call comes from. */
    static boolean readsPointer(long[] program) {
        for (long instruction : program) {
            int k = operand(instruction);
            if (code(instruction) == LOAD && k >= POINTER && k < FIRST_ARGUMENT) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code program} allows {@code number} whatever its arguments are. */
    static boolean allows(long[] program, int number) {
        int a = 0;
        int at = 0;
        while (at < program.length) {
            long instruction = program[at];
            int k = operand(instruction);
            at++;
            switch (code(instruction)) {
                case LOAD -> {
                    if (k != NUMBER && k != ARCHITECTURE) {
                        return false;
                    }
                    a = k == NUMBER ? number : Seccomp.AUDIT_ARCH_X86_64;
                }
                case AND -> a &= k;
                case JUMP -> at += k;
                case JUMP_EQUAL, JUMP_GREATER, JUMP_AT_LEAST, JUMP_SET ->
                        at +=
                                Interpreter.holds(instruction, a, 0)
                                        ? ifTrue(instruction)
                                        : ifFalse(instruction);
                case RETURN -> {
                    return k == Seccomp.SECCOMP_RET_ALLOW;
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }
}
