package dev.moat.platform.trap;

import static dev.moat.abi.SyscallNumbers.*;
import static dev.moat.lib.stub.StubAssembler.JUMP_IF_ABOVE;
import static dev.moat.lib.stub.StubAssembler.JUMP_IF_NOT_ZERO;
import static dev.moat.lib.stub.StubAssembler.JUMP_IF_ZERO;
import static dev.moat.platform.trap.StubLayout.*;
import static jnr.x86asm.Asm.*;

import dev.moat.lib.stub.StubAssembler;
import dev.moat.lib.stub.StubElf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The stub: one page of code without stack or libc, and the ELF image that starts it.
 *
 * <p>Registers of the factory: r13 control page, r14 reply page, rbx the number of the last
 * command. Its clones inherit them.
 */
final class StubImage {
    /** Where the host loads the image. */
    private static final long LOAD_ADDRESS = 0x100000;

    private static final int PAGE = (int) PAGE_BYTES;

    // data in the code page
    private static final int DATA_AT = 0xa00;
    private static final int CAPABILITY_HEADER_AT = DATA_AT;
    private static final int NO_CAPABILITIES_AT = 0xa10;
    private static final int NO_LIMIT_AT = 0xa40;
    private static final int NAME_AT = 0xa50;
    private static final int SIGNAL_ACTION_AT = 0xa60;
    private static final int IGNORE_ACTION_AT = 0xac0;
    private static final int BASE_PROGRAM_AT = 0xa80;
    private static final int MAPPER_PROGRAM_AT = 0xa90;
    private static final int GUEST_PROGRAM_AT = 0xaa0;
    private static final int BASE_FILTER_AT = 0xb00;
    private static final int MAPPER_FILTER_AT = 0xc00;
    private static final int GUEST_FILTER_AT = 0xd00;
    private static final int CPUS_AT = 0xf00;

    /** CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM. */
    private static final long THREAD_FLAGS = 0x50f00;

    /**
     * CLONE_PARENT | CLONE_PIDFD: every stub process is a child of the kernel host, however deep
     * guests fork.
     */
    private static final long PROCESS_FLAGS = 0x9000;

    private static final int LAST_SIGNAL = 64;
    private static final int SIG_IGN = 1;
    private static final int SIGKILL = 9;
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int PR_SET_NAME = 15;
    private static final int PR_SET_SECCOMP = 22;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_MODE_FILTER = 2;
    private static final int SECCOMP_SET_MODE_FILTER = 1;

    /**
     * SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: signals wait until
     * a notification that was received is answered.
     */
    private static final int LISTENER_FLAGS = 0x28;

    private static final int RLIMIT_CORE = 4;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int PROT_READ = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXEC = 5;
    private static final int MAP_SHARED_FIXED = 0x11;
    private static final int MAP_PRIVATE_FIXED = 0x12;
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;
    private static final int SIGSET_BYTES = 8;
    private static final int LAST_ERRNO = 4095;

    /** SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_RESTART. */
    private static final long SIGNAL_FLAGS = 0x4 | 0x08000000 | 0x04000000 | 0x10000000;

    /** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS and what interrupts. */
    private static final int[] SIGNALS = {4, 5, 7, 8, 11, 31, GuestThread.INTERRUPT_SIGNAL};

    private final StubAssembler asm = new StubAssembler(PAGE);
    private final int parentProcessId;
    private final long[] cpus;
    private final byte[] page = new byte[PAGE];

    private final int exitProcess;
    private final int never;
    private final int handler;
    private int handover;
    private int signalReturn;
    private int exit;
    private int firstWake;
    private int mapperHandover;
    private final int factory;
    private final int start;

    /**
     * Assembles the stub of the children of {@code parentProcessId}.
     *
     * @param cpus where guests may run, as a bit set of at most 2048
     */
    StubImage(int parentProcessId, long[] cpus) {
        this.parentProcessId = parentProcessId;
        this.cpus = cpus.clone();
        exitProcess = asm.here();
        asm.mov(rdi, rax);
        asm.systemCall(__NR_exit_group);
        never = asm.here();
        asm.raw(0x0f, 0x0b);
        handler = asm.here();
        emitHandler();
        factory = asm.here();
        emitFactory();
        start = asm.here();
        emitStart();
        byte[] code = asm.toBytes();
        if (code.length > DATA_AT) {
            throw new IllegalStateException("stub code is too long: " + code.length);
        }
        System.arraycopy(code, 0, page, 0, code.length);
        emitData();
    }

    /** What the host says of a hand-over's system call: the address behind the instruction. */
    long handover() {
        return CODE_PAGE + handover;
    }

    /** The same of rt_sigreturn(2). */
    long signalReturn() {
        return CODE_PAGE + signalReturn;
    }

    /** The same of exit(2). */
    long exit() {
        return CODE_PAGE + exit;
    }

    /** The same of the wake-up by a new guest thread. */
    long firstWake() {
        return CODE_PAGE + firstWake;
    }

    /** The same of the mapper's hand-over. */
    long mapperHandover() {
        return CODE_PAGE + mapperHandover;
    }

    /**
     * All registers are in the frame that rsp points to; rdi is the signal, rsi its siginfo_t, rdx
     * its ucontext_t. What frames lack, the bases of fs and gs, goes to the slot by hand.
     */
    private void emitHandler() {
        emitSlot();
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xc0); // rdfsbase rax
        asm.mov(qword_ptr(rcx, SLOT_FS_BASE), rax);
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xc8); // rdgsbase rax
        asm.mov(qword_ptr(rcx, SLOT_GS_BASE), rax);
        asm.mov(eax, HANDOVER);
        asm.syscall();
        handover = asm.here();
        asm.add(rsp, Long.BYTES);
        asm.test(eax);
        int justReturn = asm.jumpIf(JUMP_IF_ZERO);
        asm.cmp(eax, LOAD_BASES);
        // EXIT, or ENOSYS: nobody listens any more
        int toExit = asm.jumpIf(JUMP_IF_NOT_ZERO);
        emitSlot();
        asm.mov(rax, qword_ptr(rcx, SLOT_FS_BASE));
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xd0); // wrfsbase rax
        asm.mov(rax, qword_ptr(rcx, SLOT_GS_BASE));
        asm.raw(0xf3, 0x48, 0x0f, 0xae, 0xd8); // wrgsbase rax
        asm.land(justReturn);
        asm.mov(eax, __NR_rt_sigreturn);
        asm.syscall();
        signalReturn = asm.here();
        asm.land(toExit);
        asm.mov(edi, 0);
        asm.mov(eax, __NR_exit);
        asm.syscall();
        exit = asm.here();
        asm.jump(never);
    }

    /** rcx: the slot that rsp is in. */
    private void emitSlot() {
        asm.mov(rcx, rsp);
        asm.and(rcx, -SLOT_BYTES);
    }

    private void emitFactory() {
        asm.mov(r13, CONTROL_PAGE);
        asm.mov(r14, REPLY_PAGE);
        int loop = asm.here();
        asm.mov(eax, dword_ptr(r13, SEQUENCE));
        asm.cmp(eax, ebx);
        int work = asm.jumpIf(JUMP_IF_NOT_ZERO);
        emitWait(CONTROL_PAGE + SEQUENCE);
        asm.jump(loop);
        asm.land(work);
        asm.mov(ebx, eax);
        asm.systemCall(__NR_close_range, TRANSFER_FD, 0xffffffffL, 0);
        asm.mov(r12, qword_ptr(r13, SLOT_ADDRESS));
        asm.mov(r15, qword_ptr(r13, SLOT_OFFSET));
        asm.mov(eax, dword_ptr(r13, COMMAND));
        asm.cmp(eax, PROCESS);
        int toProcess = asm.jumpIf(JUMP_IF_ZERO);
        asm.cmp(eax, THREAD);
        int toThread = asm.jumpIf(JUMP_IF_ZERO);
        emitClone(THREAD_FLAGS, 0);
        int toMapper = asm.jumpIf(JUMP_IF_ZERO);
        int noMapper = emitErrorTest();
        int wait = asm.here();
        asm.mov(eax, dword_ptr(r14, MAPPER_READY));
        asm.cmp(eax, ebx);
        int mapperIsUp = asm.jumpIf(JUMP_IF_ZERO);
        emitWait(REPLY_PAGE + MAPPER_READY);
        asm.jump(wait);
        asm.land(toThread, mapperIsUp);
        asm.mov(r9, r15);
        asm.mov(rdi, r12);
        asm.mov(rsi, SLOT_BYTES);
        asm.mov(rdx, PROT_READ_WRITE);
        asm.mov(r10, MAP_SHARED_FIXED);
        asm.mov(r8, SLOT_FD);
        asm.mov(eax, __NR_mmap);
        asm.syscall();
        int noSlot = emitErrorTest();
        emitClone(THREAD_FLAGS, 0);
        int toGuest = asm.jumpIf(JUMP_IF_ZERO);
        int noGuest = emitErrorTest();
        asm.jump(loop);
        asm.land(toProcess);
        asm.mov(r12, qword_ptr(r13, CHILD_OFFSET));
        emitClone(PROCESS_FLAGS, REPLY_PAGE + PIDFD);
        int toChild = asm.jumpIf(JUMP_IF_ZERO);
        asm.land(noMapper, noSlot, noGuest);
        emitReply();
        asm.jump(loop);
        asm.land(toMapper);
        emitMapper();
        asm.land(toGuest);
        emitGuest();
        asm.land(toChild);
        emitChild();
    }

    /** Waits while the word at {@code address} holds what is in eax. */
    private void emitWait(long address) {
        asm.mov(rdi, address);
        asm.mov(esi, FUTEX_WAIT);
        asm.mov(edx, eax);
        asm.mov(r10, 0);
        asm.mov(eax, __NR_futex);
        asm.syscall();
    }

    private void emitClone(long flags, long parentTid) {
        asm.systemCall(__NR_clone, flags, 0, parentTid, 0, 0);
        asm.test(rax);
    }

    /** Tells rax, which is a hint, and that the command is done. */
    private void emitReply() {
        asm.mov(qword_ptr(r14, RESULT), rax);
        asm.mov(dword_ptr(r14, READY), ebx);
        asm.systemCall(__NR_futex, REPLY_PAGE + READY, FUTEX_WAKE, 1);
    }

    /** The factory is moved to those who need it; what it makes is free to go anywhere. */
    private void emitUnpin() {
        asm.systemCall(__NR_sched_setaffinity, 0, cpus.length * 8L, CODE_PAGE + CPUS_AT);
    }

    /** Hands over the result of a list and how much of it was not done; gets its next length. */
    private void emitMapper() {
        emitUnpin();
        asm.systemCall(
                __NR_seccomp,
                SECCOMP_SET_MODE_FILTER,
                LISTENER_FLAGS,
                CODE_PAGE + MAPPER_PROGRAM_AT);
        asm.cmp(rax, -(LAST_ERRNO + 1));
        asm.jumpIf(JUMP_IF_ABOVE, exitProcess);
        asm.mov(dword_ptr(r14, MAPPER_READY), ebx);
        asm.systemCall(__NR_futex, REPLY_PAGE + MAPPER_READY, FUTEX_WAKE, 1);
        asm.mov(rax, 0);
        asm.mov(rbp, 0);
        int loop = asm.here();
        asm.mov(rdi, rax);
        asm.mov(rsi, rbp);
        asm.mov(eax, HANDOVER);
        asm.syscall();
        mapperHandover = asm.here();
        asm.mov(rbp, rax);
        asm.mov(rbx, CONTROL_PAGE + LIST);
        asm.test(rbp);
        asm.jumpIf(JUMP_IF_ZERO, loop);
        int next = asm.here();
        asm.mov(rax, qword_ptr(rbx, 0));
        asm.mov(rdi, qword_ptr(rbx, 8));
        asm.mov(rsi, qword_ptr(rbx, 16));
        asm.mov(rdx, qword_ptr(rbx, 24));
        asm.mov(r10, qword_ptr(rbx, 32));
        asm.mov(r8, qword_ptr(rbx, 40));
        asm.mov(r9, qword_ptr(rbx, 48));
        asm.syscall();
        asm.cmp(rax, -(LAST_ERRNO + 1));
        asm.jumpIf(JUMP_IF_ABOVE, loop);
        asm.add(rbx, ENTRY_BYTES);
        asm.sub(rbp, 1);
        asm.jumpIf(JUMP_IF_NOT_ZERO, next);
        asm.jump(loop);
    }

    /** A new guest thread arms itself, says so, and hands over its first frame by a fault. */
    private void emitGuest() {
        emitUnpin();
        asm.mov(rax, r12);
        asm.add(rax, SLOT_STACK);
        asm.mov(qword_ptr(r12, SLOT_STACK_T), rax);
        asm.mov(eax, SLOT_BYTES - SLOT_STACK);
        asm.mov(qword_ptr(r12, SLOT_STACK_T + 16), rax);
        asm.mov(eax, 0);
        asm.mov(qword_ptr(r12, SLOT_STACK_T + 8), rax);
        asm.mov(rdi, r12);
        asm.add(rdi, SLOT_STACK_T);
        asm.mov(esi, 0);
        asm.mov(eax, __NR_sigaltstack);
        asm.syscall();
        int noStack = emitErrorTest();
        asm.systemCall(
                __NR_seccomp,
                SECCOMP_SET_MODE_FILTER,
                LISTENER_FLAGS,
                CODE_PAGE + GUEST_PROGRAM_AT);
        int noFilter = emitErrorTest();
        emitReply();
        firstWake = asm.here();
        asm.jump(never);
        asm.land(noStack, noFilter);
        emitReply();
        asm.systemCall(__NR_exit, 0);
    }

    /** A new process gets control and reply pages of its own, and nobody's slots. */
    private void emitChild() {
        emitFollowParent();
        asm.systemCall(__NR_close_range, TRANSFER_FD, 0xffffffffL, 0);
        asm.systemCall(__NR_munmap, SLOTS, (long) MAX_SLOTS * SLOT_BYTES);
        emitMapOwnPage(CONTROL_PAGE, PROT_READ);
        asm.add(r12, PAGE);
        emitMapOwnPage(REPLY_PAGE, PROT_READ_WRITE);
        asm.mov(ebx, 0);
        asm.jump(factory);
    }

    /** Maps a page at offset r12 of the control file. */
    private void emitMapOwnPage(long address, int prot) {
        asm.mov(r9, r12);
        asm.systemCall(__NR_mmap, address, PAGE_BYTES, prot, MAP_SHARED_FIXED, CONTROL_FD);
        asm.cmp(rax, -(LAST_ERRNO + 1));
        asm.jumpIf(JUMP_IF_ABOVE, exitProcess);
    }

    /** Asks to be killed at the parent's end; leaves at once if that was before. */
    private void emitFollowParent() {
        asm.systemCall(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        asm.systemCall(__NR_getppid);
        asm.cmp(eax, parentProcessId);
        asm.jumpIf(JUMP_IF_NOT_ZERO, exitProcess);
    }

    /** The first process: moves to its place, drops everything else, confines itself. */
    private void emitStart() {
        // the operator's Ctrl-C is not for stubs
        asm.systemCall(__NR_setsid);
        emitFollowParent();
        asm.systemCall(
                __NR_mmap,
                CODE_PAGE,
                PAGE_BYTES,
                PROT_READ_EXEC,
                MAP_PRIVATE_FIXED,
                TRANSFER_FD,
                StubElf.CODE_OFFSET);
        int noCode = emitErrorTest();
        // mov rax, imm64; jmp rax: the target is known once the length of the two is
        int moveAt = asm.here();
        asm.mov(rax, CODE_PAGE);
        asm.jump(rax);
        int moved = asm.here();
        asm.patch(moveAt + 2, CODE_PAGE + moved);
        asm.systemCall(__NR_munmap, 0, CODE_PAGE);
        int noUnmap = emitErrorTest();
        asm.mov(r12, 0);
        emitMapOwnPage(CONTROL_PAGE, PROT_READ);
        asm.add(r12, PAGE);
        emitMapOwnPage(REPLY_PAGE, PROT_READ_WRITE);
        asm.systemCall(__NR_close_range, TRANSFER_FD, 0xffffffffL, 0);
        asm.systemCall(__NR_setrlimit, RLIMIT_CORE, CODE_PAGE + NO_LIMIT_AT);
        asm.systemCall(__NR_prctl, PR_SET_NAME, CODE_PAGE + NAME_AT, 0, 0, 0);
        asm.systemCall(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        asm.systemCall(
                __NR_capset, CODE_PAGE + CAPABILITY_HEADER_AT, CODE_PAGE + NO_CAPABILITIES_AT);
        int noDrop = emitErrorTest();
        emitIgnoreSignals();
        for (int signal : SIGNALS) {
            asm.systemCall(
                    __NR_rt_sigaction, signal, CODE_PAGE + SIGNAL_ACTION_AT, 0, SIGSET_BYTES);
        }
        asm.systemCall(
                __NR_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, CODE_PAGE + BASE_PROGRAM_AT, 0, 0);
        int noFilter = emitErrorTest();
        asm.mov(ebx, 0);
        asm.jump(factory);
        asm.land(noCode, noUnmap, noDrop, noFilter);
        asm.jump(exitProcess);
    }

    /** Signals from outside are not for stubs; what cannot be ignored fails, which is fine. */
    private void emitIgnoreSignals() {
        asm.mov(rbp, LAST_SIGNAL);
        int next = asm.here();
        asm.mov(rdi, rbp);
        asm.mov(rsi, CODE_PAGE + IGNORE_ACTION_AT);
        asm.mov(edx, 0);
        asm.mov(r10, SIGSET_BYTES);
        asm.mov(eax, __NR_rt_sigaction);
        asm.syscall();
        asm.sub(rbp, 1);
        asm.jumpIf(JUMP_IF_NOT_ZERO, next);
    }

    /** A forward jump that is taken when rax is a negated errno. */
    private int emitErrorTest() {
        asm.cmp(rax, -(LAST_ERRNO + 1));
        return asm.jumpIf(JUMP_IF_ABOVE);
    }

    private void emitData() {
        ByteBuffer data = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        // struct rlimit and two of struct __user_cap_data_struct: what is zero stays zero
        data.putInt(CAPABILITY_HEADER_AT, CAPABILITY_VERSION_3);
        data.put(NAME_AT, "moat-stub".getBytes(StandardCharsets.US_ASCII));
        // struct kernel_sigaction: handler, flags, restorer (never used), mask: all signals wait
        data.putLong(SIGNAL_ACTION_AT, CODE_PAGE + handler);
        data.putLong(SIGNAL_ACTION_AT + 8, SIGNAL_FLAGS);
        data.putLong(SIGNAL_ACTION_AT + 16, CODE_PAGE + never);
        data.putLong(SIGNAL_ACTION_AT + 24, -1);
        data.putLong(IGNORE_ACTION_AT, SIG_IGN);
        for (int i = 0; i < cpus.length; i++) {
            data.putLong(CPUS_AT + i * Long.BYTES, cpus[i]);
        }
        putProgram(data, BASE_PROGRAM_AT, BASE_FILTER_AT, StubFilters.base());
        putProgram(data, MAPPER_PROGRAM_AT, MAPPER_FILTER_AT, StubFilters.mapper());
        putProgram(data, GUEST_PROGRAM_AT, GUEST_FILTER_AT, StubFilters.guest(this));
    }

    /** struct sock_fprog: length, padding, address. */
    private static void putProgram(ByteBuffer data, int programAt, int filterAt, byte[] filter) {
        data.putShort(programAt, (short) (filter.length / 8));
        data.putLong(programAt + 8, CODE_PAGE + filterAt);
        data.put(filterAt, filter);
    }

    /** The ELF file. */
    byte[] elf() {
        return StubElf.of(page, LOAD_ADDRESS, start);
    }
}
