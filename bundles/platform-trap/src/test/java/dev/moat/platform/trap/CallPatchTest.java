package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Protection;
import dev.moat.api.platform.RunMode;
import dev.moat.platform.kit.GuestSandbox;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Patched call sites, seen from a guest of a few bytes. */
@Timeout(20)
class CallPatchTest {
    private static final String SYSCALL = "0f05";
    private static final String NOP = "90";

    /** mov eax, 39. */
    private static final String GETPID = "b827000000";

    /** mov 8(%rsp), %r9. */
    private static final String LOAD_SIXTH = "4c8b4c2408";

    /** mov rdi, rax; mov eax, 1000, in a way that is no site. */
    private static final String TELL = "4889c7" + "48c7c0e8030000" + SYSCALL;

    /** Address behind the site that follows one NOP. */
    private static final long BEHIND = GuestSandbox.CODE + 1 + 7;

    private static final int INTERRUPTS = 300;

    private final GuestSandbox sandbox = new GuestSandbox(new TrapInsides());
    private final ExecutionContext context = sandbox.context();

    @AfterEach
    void close() {
        context.close();
        sandbox.close();
    }

    private AddressSpace patched(String moved) {
        AddressSpace space = sandbox.load(NOP + moved + SYSCALL + TELL);
        assertTrue(space.patchCall(BEHIND, 0));
        return space;
    }

    private Exit.SyscallEntry call(AddressSpace space) {
        return assertInstanceOf(Exit.SyscallEntry.class, context.run(space, RunMode.CONTINUE));
    }

    private long register(int index) {
        return context.registers().get(index);
    }

    private void register(int index, long value) {
        context.registers().set(index, value);
    }

    @Test
    void call_withoutAnswer_isAnOrdinaryOne() {
        AddressSpace space = patched(GETPID);
        register(UserRegs.RDI, 77);
        register(UserRegs.R9, 78);
        var entry = call(space);
        assertEquals(39, entry.number());
        assertEquals(77, entry.argument(0));
        assertEquals(78, entry.argument(5));
        assertEquals(BEHIND, register(UserRegs.RIP));
        register(UserRegs.RAX, 5);
        assertEquals(5, call(space).argument(0));
    }

    @Test
    void call_withAnswer_neverLeavesTheGuest() {
        AddressSpace space = patched(GETPID);
        context.answer(39, -2);
        var told = call(space);
        assertEquals(1000, told.number());
        assertEquals(0xfffffffeL, told.argument(0));
        assertEquals(1, context.takeAnswered(39));
        assertEquals(0, context.takeAnswered(39));
        context.withdrawAnswer(39);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(39, call(space).number());
    }

    @Test
    void answeredCall_changesOnlyWhatSystemCallsChange() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 1);
        // each arithmetic flag once set, once clear
        for (long flags : new long[] {0x202, 0xad7, 0x242, 0xa02, 0x283}) {
            long[] before = new long[UserRegs.COUNT];
            context.registers().copyTo(before);
            for (int i = UserRegs.R15; i <= UserRegs.RDI; i++) {
                before[i] = 0x1000 + i;
            }
            before[UserRegs.EFLAGS] = flags;
            before[UserRegs.RIP] = GuestSandbox.CODE;
            context.registers().copyFrom(before);
            call(space);
            long[] after = new long[UserRegs.COUNT];
            context.registers().copyTo(after);
            before[UserRegs.RDI] = 1;
            before[UserRegs.RCX] = after[UserRegs.RCX];
            before[UserRegs.R11] = after[UserRegs.R11];
            before[UserRegs.RAX] = after[UserRegs.RAX];
            before[UserRegs.ORIG_RAX] = 1000;
            before[UserRegs.RIP] = after[UserRegs.RIP];
            for (int i = 0; i < UserRegs.COUNT; i++) {
                assertEquals(before[i], after[i], "register " + i + " with flags " + flags);
            }
        }
    }

    @Test
    void movedLoad_readsTheStack() {
        AddressSpace space = patched(LOAD_SIXTH);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET + 8, 4711);
        register(UserRegs.RSP, GuestSandbox.DATA);
        register(UserRegs.RAX, 186);
        var entry = call(space);
        assertEquals(186, entry.number());
        assertEquals(4711, entry.argument(5));
        context.answer(186, 12);
        register(UserRegs.RIP, GuestSandbox.CODE);
        register(UserRegs.RAX, 186);
        assertEquals(12, call(space).argument(0));
    }

    @Test
    void faultOfTheMovedLoad_isAtTheSite() {
        AddressSpace space = patched(LOAD_SIXTH);
        register(UserRegs.RSP, GuestSandbox.DATA);
        var fault = assertInstanceOf(Exit.Fault.class, context.run(space, RunMode.CONTINUE));
        assertEquals(GuestSandbox.DATA + 8, fault.address());
        assertEquals(GuestSandbox.CODE + 1, register(UserRegs.RIP));
    }

    /**
     * cmpb $0, DATA(%rip); je to the end; xor eax, eax; syscall; TELL. At the end: mov edi, 9;
     * TELL.
     */
    private AddressSpace startOfRead() {
        int distance = (int) (GuestSandbox.DATA - (GuestSandbox.CODE + 7));
        String told = "31c0" + SYSCALL + TELL;
        String start =
                "803d"
                        + String.format("%08x", Integer.reverseBytes(distance))
                        + "00"
                        + String.format("74%02x", told.length() / 2);
        return sandbox.load(start + told + "48c7c009000000" + TELL);
    }

    private static final long BEHIND_READ = GuestSandbox.CODE + 13;

    private AddressSpace patchedRead(int flag) {
        AddressSpace space = startOfRead();
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, flag);
        assertTrue(space.patchCall(BEHIND_READ, 0));
        context.answer(0, 12);
        return space;
    }

    @Test
    void startOfAFunction_isASite() {
        AddressSpace space = patchedRead(1);
        assertEquals(12, call(space).argument(0));
        context.withdrawAnswer(0);
        register(UserRegs.RIP, GuestSandbox.CODE);
        register(UserRegs.RSI, 77);
        var entry = call(space);
        assertEquals(0, entry.number());
        assertEquals(77, entry.argument(1));
        assertEquals(BEHIND_READ, register(UserRegs.RIP));
    }

    @Test
    void startOfAFunction_goesTheOtherWay() {
        AddressSpace space = patchedRead(0);
        var told = call(space);
        assertEquals(1000, told.number());
        assertEquals(9, told.argument(0));
        assertEquals(0, context.takeAnswered(0));
    }

    @Test
    void jumpsIntoTheStartOfAFunction_findWhatWasThere() {
        AddressSpace space = patchedRead(0);
        context.withdrawAnswer(0);
        for (int at : new int[] {9, 11}) {
            register(UserRegs.RIP, GuestSandbox.CODE + at);
            register(UserRegs.RAX, 0);
            assertEquals(0, call(space).number());
            assertEquals(BEHIND_READ, register(UserRegs.RIP));
        }
    }

    @Test
    void faultAtTheStartOfAFunction_isAtTheSite() {
        AddressSpace space = startOfRead();
        assertTrue(space.patchCall(BEHIND_READ, 0));
        var fault = assertInstanceOf(Exit.Fault.class, context.run(space, RunMode.CONTINUE));
        assertEquals(GuestSandbox.DATA, fault.address());
        assertEquals(GuestSandbox.CODE, register(UserRegs.RIP));
    }

    @Test
    void sameBytes_whereNoFunctionStarts_areLeftAlone() {
        AddressSpace space = startOfRead();
        sandbox.write(0, NOP + "803d00100000" + "00" + "7410" + "31c0" + SYSCALL);
        assertFalse(space.patchCall(BEHIND_READ + 1, 0));
    }

    @Test
    void jumpToTheInstruction_isASystemCall() {
        AddressSpace space = patched(GETPID);
        register(UserRegs.RIP, BEHIND - 2);
        register(UserRegs.RAX, 500);
        assertEquals(500, call(space).number());
    }

    @Test
    void originalPage_isUntouched() {
        AddressSpace space = patched(GETPID);
        call(space);
        assertEquals((byte) 0xb8, sandbox.memory().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 1));
    }

    @Test
    void secondSiteOfAPage_isPatchedBesides() {
        AddressSpace space =
                sandbox.load(NOP + GETPID + SYSCALL + "4889c3" + "b8ba000000" + SYSCALL + TELL);
        assertTrue(space.patchCall(BEHIND, 0));
        context.answer(39, 3);
        context.answer(186, 4);
        assertEquals(186, call(space).number());
        assertTrue(space.patchCall(BEHIND + 10, 0));
        assertFalse(space.patchCall(BEHIND, 0));
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(4, call(space).argument(0));
        assertEquals(3, register(UserRegs.RBX));
    }

    @Test
    void whatIsNoSite_isLeftAlone() {
        // mov r8d, 39; syscall
        AddressSpace space = sandbox.load("41" + GETPID + SYSCALL);
        assertFalse(space.patchCall(BEHIND, 0));
        // add eax, 39; syscall
        sandbox.write(0, NOP + "0527000000" + SYSCALL);
        assertFalse(space.patchCall(BEHIND, 0));
        // no syscall at all
        sandbox.write(0, NOP + GETPID + "9090");
        assertFalse(space.patchCall(BEHIND, 0));
        // begins with the page
        sandbox.write(0, GETPID + SYSCALL);
        assertFalse(space.patchCall(GuestSandbox.CODE + 7, 0));
        // reaches over from the page before
        assertFalse(space.patchCall(GuestSandbox.CODE + 3, 0));
    }

    @Test
    void newMapping_isNotPatched() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        call(space);
        space.map(GuestSandbox.CODE, 4096, 0, Protection.READ_EXECUTE);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(39, call(space).number());
    }

    @Test
    void protectedPage_isWhatItWas() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        call(space);
        space.protect(GuestSandbox.CODE, 4096, Protection.READ_WRITE_EXECUTE);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(39, call(space).number());
        // the guest's writes are seen in what it executes
        sandbox.write(2, "28");
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(40, call(space).number());
    }

    @Test
    void table_makesPlaceForTheGuest() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        assertEquals(1000, call(space).number());
        space.occupy(StubLayout.SITE_TABLE - 4096, 8192);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(39, call(space).number());
        assertFalse(space.patchCall(BEHIND, 0));
        // mov rax, [table]: not mapped
        sandbox.write(0, "488b042500000f05");
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(
                new Exit.Fault(StubLayout.SITE_TABLE, dev.moat.api.platform.Access.READ, false),
                context.run(space, RunMode.CONTINUE));
    }

    @Test
    void unmappedTable_takesThePatchesWithIt() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        call(space);
        space.map(StubLayout.SITE_TABLE, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(39, call(space).number());
    }

    @Test
    void step_goesThroughTheOriginal() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        long[] stops = {GuestSandbox.CODE + 1, BEHIND - 2};
        for (long stop : stops) {
            var step =
                    assertInstanceOf(
                            Exit.GuestSignal.class, context.run(space, RunMode.SINGLE_STEP));
            assertEquals(5, step.signal());
            assertEquals(stop, register(UserRegs.RIP));
        }
        assertEquals(39, register(UserRegs.RAX));
        assertInstanceOf(Exit.SyscallEntry.class, context.run(space, RunMode.SINGLE_STEP));
    }

    @Test
    void guestsOwnGs_isKept() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        call(space);
        assertEquals(0, register(UserRegs.GS_BASE));
        register(UserRegs.GS_BASE, GuestSandbox.DATA);
        register(UserRegs.RIP, GuestSandbox.CODE);
        // the slot cannot be found: an ordinary call
        assertEquals(39, call(space).number());
        assertEquals(GuestSandbox.DATA, register(UserRegs.GS_BASE));
    }

    @Test
    void fork_inheritsPatches_andGoesItsOwnWay() {
        AddressSpace space = patched(GETPID);
        context.answer(39, 3);
        call(space);
        try (AddressSpace child = space.fork();
                ExecutionContext other = sandbox.context()) {
            other.answer(39, 8);
            var told =
                    assertInstanceOf(Exit.SyscallEntry.class, other.run(child, RunMode.CONTINUE));
            assertEquals(8, told.argument(0));
            child.protect(GuestSandbox.CODE, 4096, Protection.READ);
            child.protect(GuestSandbox.CODE, 4096, Protection.READ_EXECUTE);
            other.registers().set(UserRegs.RIP, GuestSandbox.CODE);
            var again =
                    assertInstanceOf(Exit.SyscallEntry.class, other.run(child, RunMode.CONTINUE));
            assertEquals(39, again.number());
        }
        register(UserRegs.RIP, GuestSandbox.CODE);
        assertEquals(3, call(space).argument(0));
    }

    @Test
    void interrupts_findTheThreadBeforeOrBehindItsCall() throws Exception {
        // site; inc rbx; jmp site
        AddressSpace space = sandbox.load(NOP + GETPID + SYSCALL + "48ffc3" + "ebf4");
        assertTrue(space.patchCall(BEHIND, 0));
        context.answer(39, 3);
        AtomicInteger returned = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> interruptOften(returned));
        int inside = 0;
        for (int i = 0; i < INTERRUPTS; i++) {
            assertEquals(Exit.Interrupted.INSTANCE, context.run(space, RunMode.CONTINUE));
            returned.incrementAndGet();
            long at = register(UserRegs.RIP) - GuestSandbox.CODE;
            assertTrue(at == 0 || at == 1 || at == 6 || at == 8 || at == 11, "stopped at " + at);
            if (at == 1) {
                inside++;
            }
            if (at > 1) {
                assertTrue(register(UserRegs.RAX) == 3 || register(UserRegs.RAX) == 0 || at == 6);
            }
        }
        other.join();
        assertTrue(inside > 0);
    }

    private void interruptOften(AtomicInteger returned) {
        for (int i = 0; i < INTERRUPTS; i++) {
            while (!((TrapContext) context).isInGuest()) {
                Thread.yield();
            }
            context.interrupt();
            while (returned.get() == i) {
                Thread.yield();
            }
        }
    }

    @Test
    void hotCall_isToldOnce() {
        AddressSpace space = sandbox.load(NOP + GETPID + SYSCALL + "ebf7");
        int told = 0;
        for (int i = 0; i < 200; i++) {
            call(space);
            long hot = context.hotCall();
            if (hot != 0) {
                assertEquals(BEHIND, hot);
                told++;
            }
        }
        assertEquals(1, told);
    }
}
