package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.RunMode;
import dev.moat.platform.kit.GuestSandbox;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that are handed over in shared memory, as far as the machine lets both sides run. */
@Timeout(60)
class SharedCallTest {
    private static final int NUMBER = 500;
    private static final long BEHIND = GuestSandbox.CODE + 8;
    private static final int CALLS = 2000;

    /** Longer than a trampoline waits. */
    private static final long TOO_LONG_NS = 3_000_000;

    private final GuestSandbox sandbox =
            new GuestSandbox(new TrapInsides(new CallWishes(Patching.ON, Spinning.ALWAYS)));
    private final ExecutionContext context = sandbox.context();

    @AfterEach
    void close() {
        context.close();
        sandbox.close();
    }

    /** nop; mov eax, 500; syscall; mov rdi, rax; inc rbx; jmp back to mov. */
    private AddressSpace loop() {
        AddressSpace space =
                sandbox.load("90" + "b8f4010000" + "0f05" + "4889c7" + "48ffc3" + "ebf1");
        assertTrue(space.patchCall(BEHIND, 0));
        return space;
    }

    private Exit.SyscallEntry call(AddressSpace space) {
        return assertInstanceOf(Exit.SyscallEntry.class, context.run(space, RunMode.CONTINUE));
    }

    private boolean isShared() {
        return ((TrapContext) context).isCalled();
    }

    private void result(long value) {
        context.registers().set(UserRegs.RAX, value);
    }

    @Test
    void manyCalls_getTheirResults() {
        AddressSpace space = loop();
        long last = 0;
        int shared = 0;
        for (int i = 0; i < CALLS; i++) {
            var entry = call(space);
            assertEquals(NUMBER, entry.number());
            assertEquals(last, entry.argument(0));
            assertEquals(BEHIND, context.registers().get(UserRegs.RIP));
            shared += isShared() ? 1 : 0;
            // an errno that would make the host restart among them
            last = i % 100 == 7 ? -512 : (long) i << 20;
            result(last);
        }
        assertEquals(CALLS - 1, context.registers().get(UserRegs.RBX));
        assertTrue(shared > 0 || Runtime.getRuntime().availableProcessors() == 1);
    }

    @Test
    void allRegisters_canBeReadAndSetDuringCalls() {
        AddressSpace space = loop();
        context.registers().set(UserRegs.R12, 12);
        for (int i = 0; i < 200; i++) {
            call(space);
            assertEquals(12, context.registers().get(UserRegs.R12));
            assertEquals(i, context.registers().get(UserRegs.RBX));
            assertEquals(BEHIND, context.registers().get(UserRegs.RIP));
            if (i % 3 == 0) {
                context.registers().set(UserRegs.R12, 13);
                assertEquals(13, context.registers().get(UserRegs.R12));
                context.registers().set(UserRegs.R12, 12);
            }
            result(i);
            if (i % 5 == 0) {
                assertEquals(12, context.registers().get(UserRegs.R12));
            }
        }
    }

    @Test
    void callThatTakesLong_isAnsweredToo() {
        AddressSpace space = loop();
        for (int i = 0; i < 50; i++) {
            var entry = call(space);
            assertEquals(i == 0 ? 0 : i - 1, entry.argument(0));
            if (i % 2 == 0) {
                LockSupport.parkNanos(TOO_LONG_NS);
            }
            result(i);
        }
        assertEquals(49, context.registers().get(UserRegs.RBX));
    }

    @Test
    void interrupts_loseNoCall() throws Exception {
        AddressSpace space = loop();
        AtomicInteger calls = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> interruptBetween(calls));
        long last = 0;
        int interrupts = 0;
        while (calls.get() < CALLS) {
            Exit exit = context.run(space, RunMode.CONTINUE);
            if (exit instanceof Exit.SyscallEntry entry) {
                assertEquals(last, entry.argument(0));
                last = calls.incrementAndGet();
                result(last);
            } else {
                assertEquals(Exit.Interrupted.INSTANCE, exit);
                interrupts++;
                if (interrupts % 2 == 0) {
                    long at = context.registers().get(UserRegs.RIP) - GuestSandbox.CODE;
                    assertTrue(at <= 1 || at == 6 || at == 8 || at == 11 || at == 14, "at " + at);
                }
            }
        }
        other.join();
        assertTrue(interrupts > 0);
        assertEquals(CALLS - 1, context.registers().get(UserRegs.RBX));
    }

    private void interruptBetween(AtomicInteger calls) {
        for (int seen = 0; seen < CALLS - 10; seen = calls.get()) {
            context.interrupt();
            LockSupport.parkNanos(20_000);
        }
    }

    @Test
    void inventedStates_hurtOnlyTheGuest() {
        AddressSpace space = loop();
        call(space);
        result(1);
        call(space);
        Slot slot = ((TrapContext) context).slot();
        for (int state = -1; state <= 6; state++) {
            slot.memory().set(JAVA_INT, StubLayout.SLOT_STATE, state);
            result(state);
            call(space);
            slot.memory().set(JAVA_INT, StubLayout.SLOT_STATE, state);
            context.registers().get(UserRegs.R12);
            result(state);
            call(space);
        }
    }
}
