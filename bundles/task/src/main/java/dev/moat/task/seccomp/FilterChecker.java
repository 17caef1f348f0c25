package dev.moat.task.seccomp;

import static dev.moat.lib.bpf.Instructions.*;

import dev.moat.abi.Errno;
import dev.moat.abi.SeccompData;
import dev.moat.lib.bpf.ProgramChecker;

/**
 * Says whether a program is a filter of system calls. Source: kernel/seccomp.c
 * seccomp_check_filter.
 */
final class FilterChecker {
    private static final int WORD_BYTES = 4;

    private FilterChecker() {}

    /** EINVAL unless {@code program} may run. */
    static void check(long[] program) {
        if (!ProgramChecker.isValid(program)) {
            throw Errno.EINVAL.exception();
        }
        for (long instruction : program) {
            if (!isAllowed(instruction)) {
                throw Errno.EINVAL.exception();
            }
        }
    }

    private static boolean isAllowed(long instruction) {
        int operand = operand(instruction);
        return switch (code(instruction)) {
            case LOAD -> operand >= 0 && operand < SeccompData.SIZE && operand % WORD_BYTES == 0;
            case LOAD_HALF,
                    LOAD_BYTE,
                    LOAD_AT_X,
                    LOAD_HALF_AT_X,
                    LOAD_BYTE_AT_X,
                    LOAD_X_HEADER,
                    MODULO,
                    MODULO_X ->
                    false;
            default -> true;
        };
    }
}
