package dev.moat.platform.kit;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Protection;
import dev.moat.api.platform.RunMode;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one guest thread sees and causes. Guests are a few bytes of machine code each. */
@Timeout(20)
public abstract class GuestRunContract {
    private static final String SYSCALL = "0f05";
    private static final String ENDLESS_LOOP = "ebfe";

    /** mov rax, [DATA]. */
    private static final String LOAD = "488b042500006000";

    /** mov [DATA], rax. */
    private static final String STORE = "4889042500006000";

    private final GuestSandbox.Insides insides;
    private final GuestSandbox sandbox;
    private final ExecutionContext context;

    protected GuestRunContract(GuestSandbox.Insides insides) {
        this.insides = insides;
        this.sandbox = new GuestSandbox(insides);
        this.context = sandbox.context();
    }

    @AfterEach
    protected void close() {
        context.close();
        sandbox.close();
    }

    private Exit run(AddressSpace space) {
        return context.run(space, RunMode.CONTINUE);
    }

    protected final Exit runCode(String code) {
        return run(sandbox.load(code));
    }

    protected final void register(int index, long value) {
        context.registers().set(index, value);
    }

    @Test
    void syscall_isReportedWithNumberAndArguments() {
        register(UserRegs.RAX, 39);
        register(UserRegs.RDI, 1);
        register(UserRegs.RSI, -2);
        register(UserRegs.RDX, 3);
        register(UserRegs.R10, 4);
        register(UserRegs.R8, 5);
        register(UserRegs.R9, 6);
        var entry = assertInstanceOf(Exit.SyscallEntry.class, runCode(SYSCALL));
        assertEquals(39, entry.number());
        long[] expected = {1, -2, 3, 4, 5, 6};
        for (int i = 0; i < 6; i++) {
            assertEquals(expected[i], entry.argument(i));
        }
        assertEquals(GuestSandbox.CODE + 2, context.registers().get(UserRegs.RIP));
        assertEquals(39, context.registers().get(UserRegs.ORIG_RAX));
    }

    @Test
    void result_isSeenByTheGuest() {
        // syscall; mov rdi, rax; syscall
        AddressSpace space = sandbox.load(SYSCALL + "4889c7" + SYSCALL);
        run(space);
        register(UserRegs.RAX, 4711);
        var entry = assertInstanceOf(Exit.SyscallEntry.class, run(space));
        assertEquals(4711, entry.argument(0));
    }

    @Test
    void restartLikeResult_doesNotMakeTheHostRestart() {
        AddressSpace space = sandbox.load(SYSCALL + "4889c7" + SYSCALL);
        run(space);
        register(UserRegs.RAX, -512);
        context.interrupt();
        assertEquals(Exit.Interrupted.INSTANCE, run(space));
        var entry = assertInstanceOf(Exit.SyscallEntry.class, run(space));
        assertEquals(-512, entry.argument(0));
    }

    @Test
    void load_ofUnmappedPage_faults() {
        var fault = assertInstanceOf(Exit.Fault.class, runCode(LOAD));
        assertEquals(new Exit.Fault(GuestSandbox.DATA, Access.READ, false), fault);
        assertEquals(GuestSandbox.CODE, context.registers().get(UserRegs.RIP));
    }

    @Test
    void load_afterMapping_givesTheMemoryFile() {
        AddressSpace space = sandbox.load(LOAD + SYSCALL);
        run(space);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 77);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        var entry = assertInstanceOf(Exit.SyscallEntry.class, run(space));
        assertEquals(77, entry.number());
    }

    @Test
    void store_toReadOnlyPage_faultsAsMappedWrite() {
        AddressSpace space = sandbox.load(STORE + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        assertEquals(new Exit.Fault(GuestSandbox.DATA, Access.WRITE, true), run(space));
        space.protect(GuestSandbox.DATA, 4096, Protection.READ_WRITE);
        register(UserRegs.RAX, 5);
        assertInstanceOf(Exit.SyscallEntry.class, run(space));
        assertEquals(5, sandbox.memory().get(JAVA_LONG, GuestSandbox.DATA_OFFSET));
    }

    @Test
    void protect_acrossHoles_reachesEveryMapping() {
        AddressSpace space = sandbox.load(LOAD + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        space.protect(GuestSandbox.DATA - 65536, 131072, Protection.NONE);
        assertInstanceOf(Exit.Fault.class, run(space));
    }

    @Test
    void jump_toUnmappedPage_isAnExecuteFault() {
        // jmp to DATA
        var fault = assertInstanceOf(Exit.Fault.class, runCode("b800006000ffe0"));
        assertEquals(new Exit.Fault(GuestSandbox.DATA, Access.EXECUTE, false), fault);
    }

    @Test
    void nonCanonicalAddress_isGeneralProtection() {
        // mov rax, 0x8000000000000000; mov rax, [rax]
        assertEquals(new Exit.GuestSignal(11, 0x80, 0), runCode("48b80000000000000080488b00"));
    }

    @Test
    void exceptions_areSignals() {
        assertEquals(4, assertInstanceOf(Exit.GuestSignal.class, runCode("0f0b")).signal());
        register(UserRegs.RIP, GuestSandbox.CODE);
        var division = assertInstanceOf(Exit.GuestSignal.class, runCode("31c9f7f1"));
        assertEquals(new Exit.GuestSignal(8, 1, GuestSandbox.CODE + 2), division);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(5, assertInstanceOf(Exit.GuestSignal.class, runCode("cc")).signal());
    }

    @Test
    void singleStep_stopsAfterOneInstruction() {
        AddressSpace space = sandbox.load("90" + "90" + SYSCALL);
        var step =
                assertInstanceOf(Exit.GuestSignal.class, context.run(space, RunMode.SINGLE_STEP));
        assertEquals(5, step.signal());
        assertEquals(2, step.code());
        assertEquals(GuestSandbox.CODE + 1, context.registers().get(UserRegs.RIP));
        context.run(space, RunMode.SINGLE_STEP);
        assertInstanceOf(Exit.SyscallEntry.class, context.run(space, RunMode.SINGLE_STEP));
    }

    @Test
    void watchedMemory_isSeenBehindTheInstruction() {
        AddressSpace space = sandbox.load(STORE + STORE + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        // one byte, writes
        context.setDebugRegisters(new DebugRegisters(0, GuestSandbox.DATA, 0, 0, 0x100004));
        long behind = GuestSandbox.CODE + STORE.length() / 2;
        assertEquals(new Exit.GuestSignal(5, 4, behind), run(space));
        assertEquals(DebugRegisters.IDLE_STATUS | 2, context.debugStatus());
        context.setDebugRegisters(DebugRegisters.NONE);
        assertInstanceOf(Exit.SyscallEntry.class, run(space));
    }

    @Test
    void watchedCode_isSeenBeforeItRuns() {
        AddressSpace space = sandbox.load("90" + "90" + SYSCALL);
        context.setDebugRegisters(new DebugRegisters(GuestSandbox.CODE + 1, 0, 0, 0, 1));
        assertEquals(new Exit.GuestSignal(5, 4, GuestSandbox.CODE + 1), run(space));
        assertInstanceOf(Exit.SyscallEntry.class, run(space));
        // in another space of the same context
        register(UserRegs.RIP, GuestSandbox.CODE);
        AddressSpace second = sandbox.load("90" + "90" + SYSCALL);
        assertEquals(new Exit.GuestSignal(5, 4, GuestSandbox.CODE + 1), run(second));
    }

    @Test
    void compatSystemCall_neverReachesTheHost() {
        // mov eax, 20 (getpid of i386); int 0x80
        assertEquals(new Exit.GuestSignal(11, 0x80, 0), runCode("b814000000cd80"));
        assertEquals(GuestSandbox.CODE + 5, context.registers().get(UserRegs.RIP));
        assertEquals(20, context.registers().get(UserRegs.RAX));
    }

    @Test
    void vsyscallPage_isASystemCall() {
        // mov rax, 0xffffffffff600400 (time); call rax; mov rdi, rax; mov eax, 39; syscall
        AddressSpace space =
                sandbox.load("48c7c0000460ff" + "ffd0" + "4889c7" + "b827000000" + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        register(UserRegs.RSP, GuestSandbox.DATA + 2048);
        register(UserRegs.RDI, 99);
        Exit exit = run(space);
        if (exit instanceof Exit.Fault) {
            return; // a host without the page
        }
        var time = assertInstanceOf(Exit.SyscallEntry.class, exit);
        assertEquals(201, time.number());
        assertEquals(99, time.argument(0));
        register(UserRegs.RAX, 1234);
        assertEquals(1234, assertInstanceOf(Exit.SyscallEntry.class, run(space)).argument(0));
    }

    @Test
    void interrupt_endsALoop() throws Exception {
        AddressSpace space = sandbox.load(ENDLESS_LOOP);
        AtomicInteger returned = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> interruptThreeTimes(returned));
        for (int i = 0; i < 3; i++) {
            assertEquals(Exit.Interrupted.INSTANCE, run(space));
            returned.incrementAndGet();
        }
        other.join();
        assertEquals(GuestSandbox.CODE, context.registers().get(UserRegs.RIP));
    }

    private void interruptThreeTimes(AtomicInteger returned) {
        for (int i = 0; i < 3; i++) {
            while (!insides.isInGuest(context)) {
                Thread.onSpinWait();
            }
            context.interrupt();
            while (returned.get() == i) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void fpState_canBeSavedAndLoaded() {
        // movq xmm1, rax; syscall; movq rdi, xmm1; syscall
        AddressSpace space = sandbox.load("66480f6ec8" + SYSCALL + "66480f7ecf" + SYSCALL);
        register(UserRegs.RAX, 0x1234);
        run(space);
        byte[] image = new byte[context.fpStateBytes()];
        context.saveFpState(image);
        // xmm1 is at 176 of the FXSAVE area
        assertEquals(0x34, image[176]);
        image[176] = 0x35;
        context.loadFpState(image);
        assertEquals(0x1235, assertInstanceOf(Exit.SyscallEntry.class, run(space)).argument(0));
        register(UserRegs.RIP, GuestSandbox.CODE + 7);
        context.resetFpState();
        assertEquals(0, assertInstanceOf(Exit.SyscallEntry.class, run(space)).argument(0));
        image[520] = 1;
        assertThrows(ErrnoException.class, () -> context.loadFpState(image));
    }

    @Test
    void fsBase_isARegister() {
        // mov rax, fs:[0]; syscall
        AddressSpace space = sandbox.load("64488b042500000000" + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET + 64, 5);
        register(UserRegs.FS_BASE, GuestSandbox.DATA + 64);
        assertEquals(5, assertInstanceOf(Exit.SyscallEntry.class, run(space)).number());
    }

    @Test
    void hostileRegisters_areSanitised() {
        long[] registers = new long[UserRegs.COUNT];
        java.util.Arrays.fill(registers, -1);
        registers[UserRegs.RIP] = GuestSandbox.CODE;
        registers[UserRegs.RAX] = 1;
        context.registers().copyFrom(registers);
        // the trap flag is set too
        Exit exit = runCode("9090" + SYSCALL);
        assertEquals(5, assertInstanceOf(Exit.GuestSignal.class, exit).signal());
        register(UserRegs.RIP, 0x800000000000L);
        register(UserRegs.EFLAGS, 2);
        assertEquals(11, assertInstanceOf(Exit.GuestSignal.class, runCode("90")).signal());
    }
}
