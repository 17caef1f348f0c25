package dev.moat.platform.ptrace;

import dev.moat.abi.SyscallNumbers;
import dev.moat.lib.stub.SeccompProgram;

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
    /** What the stub's code and the changes of mappings use. */
    private static final int[] ALLOWED = {
        SyscallNumbers.__NR_mmap,
        SyscallNumbers.__NR_mprotect,
        SyscallNumbers.__NR_munmap,
        SyscallNumbers.__NR_membarrier,
        SyscallNumbers.__NR_clone,
        SyscallNumbers.__NR_prctl,
        SyscallNumbers.__NR_getppid,
        SyscallNumbers.__NR_pause,
        SyscallNumbers.__NR_exit,
        SyscallNumbers.__NR_exit_group,
    };

    private SeccompFilter() {}

    /** Instructions as {@code struct sock_filter[]}. */
    static byte[] program() {
        SeccompProgram program = new SeccompProgram();
        int allow = program.label();
        int kill = program.label();
        int trap = program.label();
        program.load(SeccompProgram.ARCHITECTURE);
        program.ifEqual(SeccompProgram.AUDIT_ARCH_X86_64, SeccompProgram.NEXT, kill);
        program.load(SeccompProgram.IP_HIGH);
        program.ifEqual((int) (StubLayout.CODE_PAGE >>> 32), SeccompProgram.NEXT, trap);
        program.load(SeccompProgram.IP_LOW);
        program.and((int) -StubLayout.PAGE_BYTES);
        program.ifEqual((int) StubLayout.CODE_PAGE, SeccompProgram.NEXT, trap);
        program.load(SeccompProgram.NUMBER);
        for (int number : ALLOWED) {
            program.ifEqual(number, allow, SeccompProgram.NEXT);
        }
        program.place(kill);
        program.answer(SeccompProgram.RET_KILL_PROCESS);
        program.place(allow);
        program.answer(SeccompProgram.RET_ALLOW);
        program.place(trap);
        program.answer(SeccompProgram.RET_TRAP);
        return program.toBytes();
    }
}
