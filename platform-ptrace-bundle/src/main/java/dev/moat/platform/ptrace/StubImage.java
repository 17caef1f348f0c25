package dev.moat.platform.ptrace;

import static dev.moat.abi.SyscallNumbers.*;
import static jnr.x86asm.Asm.*;

import dev.moat.lib.stub.StubAssembler;
import dev.moat.lib.stub.StubElf;
import dev.moat.lib.stub.SystemCallList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The stub: one page of code without stack, data or libc, and the ELF image that starts it.
 *
 * <p>Entry points (offsets in the page) and the registers they take:
 *
 * <ul>
 *   <li>{@code start}: where the host starts the image; asks for SIGKILL at the parent's end and
 *       waits.
 *   <li>{@link #setup}: run once, by the tracer, at {@link #LOAD_ADDRESS}: moves to {@link
 *       StubLayout#CODE_PAGE}, drops everything else, confines itself, traps. rbx = 0 if all went
 *       well.
 *   <li>{@link #park}: waits for ever in pause(2).
 *   <li>{@link #prologue}: first steps of a clone: maps the control page at offset r12 (-1: keep
 *       the old one), asks for SIGKILL at the parent's end, leaves if the parent has gone already;
 *       then goes to {@code park} if r15 is 0, else on to {@code batch}.
 *   <li>{@link #batch}: does ebp system calls from the list at rbx; then clone(2) with flags r14
 *       unless those are 0; traps. Afterwards ebp is 0 if all went well and rax is the last result;
 *       else rax is the error and ebp the number of calls not done. The clone goes to {@code
 *       prologue} with r12 = r13 and r15 = 0.
 * </ul>
 */
final class StubImage {
    /** Where the host loads the image. */
    static final long LOAD_ADDRESS = 0x100000;

    private static final int PAGE = (int) StubLayout.PAGE_BYTES;
    private static final int FILTER_AT = 0xd00;
    private static final int PROGRAM_AT = 0xcf0;
    private static final int NAME_AT = 0xce0;
    private static final int CAPABILITY_HEADER_AT = 0xc90;
    private static final int NO_CAPABILITIES_AT = 0xca0;
    private static final int NO_LIMIT_AT = 0xcd0;
    private static final int DATA_AT = CAPABILITY_HEADER_AT;

    private static final int SIGKILL = 9;
    private static final int PR_SET_PDEATHSIG = 1;
    private static final int PR_SET_NAME = 15;
    private static final int PR_SET_SECCOMP = 22;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_MODE_FILTER = 2;
    private static final int RLIMIT_CORE = 4;
    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int PROT_READ = 1;
    private static final int PROT_READ_EXEC = 5;
    private static final int MAP_SHARED_FIXED = 0x11;
    private static final int MAP_PRIVATE_FIXED = 0x12;
    private static final int LAST_ERRNO = 4095;

    private final StubAssembler asm = new StubAssembler(PAGE);
    private final int parentProcessId;
    private final byte[] page = new byte[PAGE];

    private final int exit;
    private final int exitThread;
    private final int park;
    private final int prologue;
    private final int batch;
    private final int start;
    private final int setup;

    /** Assembles the stub of the children of {@code parentProcessId}. */
    StubImage(int parentProcessId) {
        this.parentProcessId = parentProcessId;
        exit = emitExit(__NR_exit_group);
        exitThread = emitExit(__NR_exit);
        park = emitPark();
        batch = asm.here();
        emitBatch();
        prologue = asm.here();
        emitPrologue();
        start = asm.here();
        emitStart();
        setup = asm.here();
        emitSetup();
        byte[] code = asm.toBytes();
        if (code.length > DATA_AT) {
            throw new IllegalStateException("stub code is too long: " + code.length);
        }
        System.arraycopy(code, 0, page, 0, code.length);
        emitData();
    }

    /** Run-time address of {@code park}. */
    long park() {
        return StubLayout.CODE_PAGE + park;
    }

    /** Run-time address of code that ends the thread. */
    long exitThread() {
        return StubLayout.CODE_PAGE + exitThread;
    }

    long prologue() {
        return StubLayout.CODE_PAGE + prologue;
    }

    long batch() {
        return StubLayout.CODE_PAGE + batch;
    }

    /** Run-time address of set-up, before the move. */
    long setup() {
        return LOAD_ADDRESS + setup;
    }

    private int emitExit(int number) {
        int at = asm.here();
        asm.systemCall(number, 1);
        return at;
    }

    private int emitPark() {
        int at = asm.here();
        asm.systemCall(__NR_pause);
        asm.jump(at);
        return at;
    }

    /** Its last part, taken by a fresh clone, falls into the prologue. */
    private void emitBatch() {
        asm.test(ebp);
        int nothingToDo = asm.jumpIf(StubAssembler.JUMP_IF_ZERO);
        int loop = asm.here();
        asm.mov(rax, qword_ptr(rbx, 0));
        asm.mov(rdi, qword_ptr(rbx, 8));
        asm.mov(rsi, qword_ptr(rbx, 16));
        asm.mov(rdx, qword_ptr(rbx, 24));
        asm.mov(r10, qword_ptr(rbx, 32));
        asm.mov(r8, qword_ptr(rbx, 40));
        asm.mov(r9, qword_ptr(rbx, 48));
        asm.syscall();
        int failed = emitErrorTest();
        asm.add(rbx, SystemCallList.ENTRY_BYTES);
        asm.sub(ebp, 1);
        asm.jumpIf(StubAssembler.JUMP_IF_NOT_ZERO, loop);
        asm.land(nothingToDo);
        asm.test(r14);
        int noClone = asm.jumpIf(StubAssembler.JUMP_IF_ZERO);
        asm.mov(rdi, r14);
        asm.mov(rsi, 0);
        asm.mov(rdx, 0);
        asm.mov(r10, 0);
        asm.mov(r8, 0);
        asm.mov(rax, __NR_clone);
        asm.syscall();
        asm.test(rax);
        int isClone = asm.jumpIf(StubAssembler.JUMP_IF_ZERO);
        asm.land(failed, noClone);
        asm.int3();
        asm.jump(exit);
        asm.land(isClone);
        asm.mov(r12, r13);
        asm.mov(r15, 0);
    }

    private void emitPrologue() {
        asm.cmp(r12, -1);
        int keepControlPage = asm.jumpIf(StubAssembler.JUMP_IF_ZERO);
        asm.mov(r9, r12);
        asm.systemCall(
                __NR_mmap,
                StubLayout.CONTROL_PAGE,
                StubLayout.PAGE_BYTES,
                PROT_READ,
                MAP_SHARED_FIXED,
                StubLayout.CONTROL_FD);
        asm.cmp(rax, -(LAST_ERRNO + 1));
        asm.jumpIf(StubAssembler.JUMP_IF_ABOVE, exit);
        asm.land(keepControlPage);
        emitFollowParent();
        asm.test(r15);
        asm.jumpIf(StubAssembler.JUMP_IF_ZERO, park);
        asm.jump(batch);
    }

    /** Asks to be killed at the parent's end; leaves at once if that was before. */
    private void emitFollowParent() {
        asm.systemCall(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        asm.systemCall(__NR_getppid);
        asm.cmp(eax, parentProcessId);
        asm.jumpIf(StubAssembler.JUMP_IF_NOT_ZERO, exit);
    }

    private void emitStart() {
        emitDetachFromTerminal();
        emitFollowParent();
        asm.jump(park);
    }

    /** The operator's Ctrl-C is not for stubs. */
    private void emitDetachFromTerminal() {
        asm.systemCall(__NR_setsid);
    }

    private void emitSetup() {
        // again: the tracer may have stopped the thread before it had started
        emitDetachFromTerminal();
        emitFollowParent();
        asm.mov(rbx, 1);
        asm.systemCall(
                __NR_mmap,
                StubLayout.CODE_PAGE,
                StubLayout.PAGE_BYTES,
                PROT_READ_EXEC,
                MAP_PRIVATE_FIXED,
                StubLayout.IMAGE_FD,
                PAGE);
        int noCode = emitErrorTest();
        asm.systemCall(
                __NR_mmap,
                StubLayout.CONTROL_PAGE,
                StubLayout.PAGE_BYTES,
                PROT_READ,
                MAP_SHARED_FIXED,
                StubLayout.CONTROL_FD,
                0);
        int noControl = emitErrorTest();
        // mov rax, imm64; jmp rax: the target is known once the length of the two is
        int moveAt = asm.here();
        asm.mov(rax, StubLayout.CODE_PAGE);
        asm.jump(rax);
        int moved = asm.here();
        asm.patch(moveAt + 2, StubLayout.CODE_PAGE + moved);
        asm.systemCall(__NR_munmap, 0, StubLayout.CODE_PAGE);
        int noUnmap = emitErrorTest();
        asm.systemCall(__NR_close, StubLayout.IMAGE_FD);
        asm.systemCall(__NR_close_range, StubLayout.IMAGE_FD, 0xffffffffL, 0);
        asm.systemCall(__NR_setrlimit, RLIMIT_CORE, StubLayout.CODE_PAGE + NO_LIMIT_AT);
        asm.systemCall(__NR_prctl, PR_SET_NAME, StubLayout.CODE_PAGE + NAME_AT, 0, 0, 0);
        asm.systemCall(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        asm.systemCall(
                __NR_capset,
                StubLayout.CODE_PAGE + CAPABILITY_HEADER_AT,
                StubLayout.CODE_PAGE + NO_CAPABILITIES_AT);
        int noDrop = emitErrorTest();
        asm.systemCall(
                __NR_prctl,
                PR_SET_SECCOMP,
                SECCOMP_MODE_FILTER,
                StubLayout.CODE_PAGE + PROGRAM_AT,
                0,
                0);
        int noFilter = emitErrorTest();
        asm.mov(rbx, 0);
        asm.land(noCode, noControl, noUnmap, noDrop, noFilter);
        asm.int3();
        asm.jump(exit);
    }

    /** A forward jump that is taken when rax is a negated errno. */
    private int emitErrorTest() {
        asm.cmp(rax, -(LAST_ERRNO + 1));
        return asm.jumpIf(StubAssembler.JUMP_IF_ABOVE);
    }

    private void emitData() {
        ByteBuffer data = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        byte[] filter = SeccompFilter.program();
        // struct rlimit and two of struct __user_cap_data_struct: what is zero stays zero
        data.putInt(CAPABILITY_HEADER_AT, CAPABILITY_VERSION_3);
        data.put(NAME_AT, "moat-stub".getBytes(StandardCharsets.US_ASCII));
        // struct sock_fprog: length, padding, address
        data.putShort(PROGRAM_AT, (short) (filter.length / 8));
        data.putLong(PROGRAM_AT + 8, StubLayout.CODE_PAGE + FILTER_AT);
        data.put(FILTER_AT, filter);
    }

    /** The ELF file. */
    byte[] elf() {
        return StubElf.of(page, LOAD_ADDRESS, start);
    }
}
