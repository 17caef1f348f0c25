package dev.moat.loader.vdso;

import static dev.moat.abi.SyscallNumbers.__NR_clock_getres;
import static dev.moat.abi.SyscallNumbers.__NR_clock_gettime;
import static dev.moat.abi.SyscallNumbers.__NR_getcpu;
import static dev.moat.abi.SyscallNumbers.__NR_gettimeofday;
import static dev.moat.abi.SyscallNumbers.__NR_time;

import java.util.List;

/**
 * The instructions of the vDSO.
 *
 * @param bytes position independent
 */
@SuppressWarnings("ArrayRecordComponent") // built once, never compared
record VdsoCode(byte[] bytes, List<Function> functions) {
    /**
     * A function: exported as {@code __vdso_name} and, weakly, as {@code name}.
     *
     * @param offset in {@link #bytes}
     */
    record Function(String name, int offset, int lengthBytes) {}

    /** Every function makes its system call: right everywhere, at the price of an exit. */
    static VdsoCode systemCalls() {
        Assembler code = new Assembler();
        systemCall(code, "clock_gettime", __NR_clock_gettime);
        systemCall(code, "gettimeofday", __NR_gettimeofday);
        systemCall(code, "time", __NR_time);
        systemCall(code, "getcpu", __NR_getcpu);
        systemCall(code, "clock_getres", __NR_clock_getres);
        return code.finish();
    }

    private static void systemCall(Assembler code, String name, int number) {
        code.begin(name);
        code.systemCallAndReturn(number);
        code.end();
    }
}
