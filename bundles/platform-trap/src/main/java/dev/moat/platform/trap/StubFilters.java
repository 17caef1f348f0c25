package dev.moat.platform.trap;

import static dev.moat.abi.SyscallNumbers.*;
import static dev.moat.lib.stub.SeccompProgram.ARCHITECTURE;
import static dev.moat.lib.stub.SeccompProgram.AUDIT_ARCH_X86_64;
import static dev.moat.lib.stub.SeccompProgram.FIRST_ARGUMENT;
import static dev.moat.lib.stub.SeccompProgram.IP_HIGH;
import static dev.moat.lib.stub.SeccompProgram.IP_LOW;
import static dev.moat.lib.stub.SeccompProgram.NEXT;
import static dev.moat.lib.stub.SeccompProgram.NUMBER;
import static dev.moat.lib.stub.SeccompProgram.RET_ALLOW;
import static dev.moat.lib.stub.SeccompProgram.RET_KILL_PROCESS;
import static dev.moat.lib.stub.SeccompProgram.RET_TRAP;
import static dev.moat.lib.stub.SeccompProgram.RET_USER_NOTIFICATION;

import dev.moat.lib.stub.SeccompProgram;

/**
 * The seccomp(2) filters of the stub. All threads have the base filter; mappers and guest threads
 * have one more each. The strictest answer counts, and among equals that of the newest filter.
 */
final class StubFilters {
    /** What the stub's code does, in whatever thread. */
    private static final int[] STUB_CALLS = {
        __NR_futex,
        __NR_mmap,
        __NR_munmap,
        __NR_mprotect,
        __NR_membarrier,
        __NR_rt_sigreturn,
        __NR_clone,
        __NR_sigaltstack,
        __NR_seccomp,
        __NR_close_range,
        __NR_prctl,
        __NR_getppid,
        __NR_sched_setaffinity,
        __NR_exit,
        __NR_exit_group,
    };

    /** Calls that need or change all registers: they come by signal, not by notification. */
    private static final int[] REGISTER_CALLS = {
        __NR_rt_sigreturn,
        __NR_clone,
        __NR_clone3,
        __NR_fork,
        __NR_vfork,
        __NR_execve,
        __NR_execveat,
        __NR_arch_prctl,
    };

    private static final int FUTEX_WAKE = 1;

    private StubFilters() {}

    /**
     * Stub code makes the stub's calls and no others; nobody else makes any. What is refused fails
     * with ENOSYS: a notification without listener. The other filters decide more strictly, or
     * notify themselves.
     */
    static byte[] base() {
        SeccompProgram program = new SeccompProgram();
        int allow = program.label();
        int refuse = program.label();
        program.load(ARCHITECTURE);
        program.ifEqual(AUDIT_ARCH_X86_64, NEXT, refuse);
        ifInStub(program, refuse);
        program.load(NUMBER);
        for (int number : STUB_CALLS) {
            program.ifEqual(number, allow, NEXT);
        }
        program.place(refuse);
        program.answer(RET_USER_NOTIFICATION);
        program.place(allow);
        program.answer(RET_ALLOW);
        return program.toBytes();
    }

    /** The mapper changes mappings, makes barriers, wakes the factory once, and hands over. */
    static byte[] mapper() {
        SeccompProgram program = new SeccompProgram();
        int allow = program.label();
        int notify = program.label();
        int kill = program.label();
        program.load(ARCHITECTURE);
        program.ifEqual(AUDIT_ARCH_X86_64, NEXT, kill);
        ifInStub(program, kill);
        program.load(NUMBER);
        program.ifEqual(StubLayout.HANDOVER, notify, NEXT);
        for (int number :
                new int[] {__NR_mmap, __NR_munmap, __NR_mprotect, __NR_membarrier, __NR_futex}) {
            program.ifEqual(number, allow, NEXT);
        }
        program.place(kill);
        program.answer(RET_KILL_PROCESS);
        program.place(notify);
        program.answer(RET_USER_NOTIFICATION);
        program.place(allow);
        program.answer(RET_ALLOW);
        return program.toBytes();
    }

    /**
     * A guest thread makes three calls of the host by itself, each from one place of the stub: it
     * returns from the hand-over's signal, ends, and wakes us when it is new (the one word that we
     * wait on). Everything else is for us: by notification, or by signal where all registers are
     * needed. {@code int 0x80} comes by signal, too: it is a fault.
     */
    static byte[] guest(StubImage image) {
        SeccompProgram program = new SeccompProgram();
        int allow = program.label();
        int notify = program.label();
        int trap = program.label();
        int fromGuest = program.label();
        program.load(ARCHITECTURE);
        program.ifEqual(AUDIT_ARCH_X86_64, NEXT, trap);
        program.load(IP_HIGH);
        program.ifEqual((int) (StubLayout.CODE_PAGE >>> 32), NEXT, fromGuest);
        program.load(IP_LOW);
        program.ifEqual((int) image.handover(), notify, NEXT);
        int notReturn = program.label();
        program.ifEqual((int) image.signalReturn(), NEXT, notReturn);
        program.load(NUMBER);
        program.ifEqual(__NR_rt_sigreturn, allow, notify);
        program.place(notReturn);
        int notExit = program.label();
        program.ifEqual((int) image.exit(), NEXT, notExit);
        program.load(NUMBER);
        program.ifEqual(__NR_exit, allow, notify);
        program.place(notExit);
        program.ifEqual((int) image.firstWake(), NEXT, fromGuest);
        ifFirstWake(program, notify);
        program.place(allow);
        program.answer(RET_ALLOW);
        program.place(fromGuest);
        program.load(NUMBER);
        for (int number : REGISTER_CALLS) {
            program.ifEqual(number, trap, NEXT);
        }
        program.place(notify);
        program.answer(RET_USER_NOTIFICATION);
        program.place(trap);
        program.answer(RET_TRAP);
        return program.toBytes();
    }

    /** Goes on if the call wakes whoever waits on the space's {@link StubLayout#READY} word. */
    private static void ifFirstWake(SeccompProgram program, int otherwise) {
        long word = StubLayout.REPLY_PAGE + StubLayout.READY;
        program.load(NUMBER);
        program.ifEqual(__NR_futex, NEXT, otherwise);
        program.load(FIRST_ARGUMENT);
        program.ifEqual((int) word, NEXT, otherwise);
        program.load(FIRST_ARGUMENT + 4);
        program.ifEqual((int) (word >>> 32), NEXT, otherwise);
        program.load(FIRST_ARGUMENT + 8);
        program.ifEqual(FUTEX_WAKE, NEXT, otherwise);
    }

    private static void ifInStub(SeccompProgram program, int otherwise) {
        program.load(IP_HIGH);
        program.ifEqual((int) (StubLayout.CODE_PAGE >>> 32), NEXT, otherwise);
        program.load(IP_LOW);
        program.and((int) -StubLayout.PAGE_BYTES);
        program.ifEqual((int) StubLayout.CODE_PAGE, NEXT, otherwise);
    }
}
