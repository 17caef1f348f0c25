package dev.moat.platform.ptrace;

import dev.moat.abi.SyscallNumbers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The stub's seccomp(2) filter, a second fence behind PTRACE_SYSEMU: the host kernel runs a few
 * system calls from the stub's code page and nothing else, for every thread and every clone of the
 * stub.
 *
 * <p>System calls from elsewhere raise SIGSYS. Guests meet that in one case: the legacy vsyscall
 * page, which the host emulates in its page fault handler without asking ptrace; {@link
 * StubContext} turns it into a system call.
 */
final class SeccompFilter {
    /** What the stub's code and {@link MappingQueue} use. */
    private static final int[] ALLOWED = {
        SyscallNumbers.__NR_mmap,
        SyscallNumbers.__NR_mprotect,
        SyscallNumbers.__NR_munmap,
        SyscallNumbers.__NR_clone,
        SyscallNumbers.__NR_prctl,
        SyscallNumbers.__NR_getppid,
        SyscallNumbers.__NR_pause,
        SyscallNumbers.__NR_exit,
        SyscallNumbers.__NR_exit_group,
    };

    private static final int AUDIT_ARCH_X86_64 = 0xc000003e;
    private static final int RET_ALLOW = 0x7fff0000;
    private static final int RET_TRAP = 0x00030000;
    private static final int RET_KILL_PROCESS = 0x80000000;

    // struct seccomp_data
    private static final int NUMBER = 0;
    private static final int ARCHITECTURE = 4;
    private static final int IP_LOW = 8;
    private static final int IP_HIGH = 12;

    // BPF opcodes, include/uapi/linux/bpf_common.h
    private static final int LOAD_WORD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;

    private static final int INSTRUCTION_BYTES = 8;

    private SeccompFilter() {}

    /** Instructions as {@code struct sock_filter[]}. */
    static byte[] program() {
        // arch (2), ip high (2), ip low (3), load nr (1), one test per call, KILL, ALLOW, TRAP
        int tests = ALLOWED.length;
        int kill = 8 + tests;
        int allow = kill + 1;
        int trap = kill + 2;
        ByteBuffer code =
                ByteBuffer.allocate((trap + 1) * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        put(code, LOAD_WORD, 0, 0, ARCHITECTURE);
        put(code, JUMP_IF_EQUAL, 0, kill - 2, AUDIT_ARCH_X86_64);
        put(code, LOAD_WORD, 0, 0, IP_HIGH);
        put(code, JUMP_IF_EQUAL, 0, trap - 4, (int) (StubLayout.CODE_PAGE >>> 32));
        put(code, LOAD_WORD, 0, 0, IP_LOW);
        put(code, AND, 0, 0, (int) -StubLayout.PAGE_BYTES);
        put(code, JUMP_IF_EQUAL, 0, trap - 7, (int) StubLayout.CODE_PAGE);
        put(code, LOAD_WORD, 0, 0, NUMBER);
        for (int i = 0; i < tests; i++) {
            put(code, JUMP_IF_EQUAL, allow - (9 + i), 0, ALLOWED[i]);
        }
        put(code, RETURN, 0, 0, RET_KILL_PROCESS);
        put(code, RETURN, 0, 0, RET_ALLOW);
        put(code, RETURN, 0, 0, RET_TRAP);
        return code.array();
    }

    private static void put(ByteBuffer code, int opcode, int ifTrue, int ifFalse, int operand) {
        code.putShort((short) opcode).put((byte) ifTrue).put((byte) ifFalse).putInt(operand);
    }
}
