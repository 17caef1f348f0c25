package dev.moat.platform.ptrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Exit;
import dev.moat.platform.kit.GuestRunContract;
import dev.moat.platform.kit.GuestSandbox;
import org.junit.jupiter.api.Test;

/** What one guest thread sees and causes. */
class GuestRunTest extends GuestRunContract {
    GuestRunTest() {
        super(new PtraceInsides());
    }

    @Test
    void stubCode_isOfNoUseToTheGuest() {
        // jump to the stub's batch code with a list that unmaps itself: its first syscall comes
        // back to us
        register(UserRegs.RBX, GuestSandbox.CODE);
        register(UserRegs.RBP, 1);
        StubImage image = new StubImage(1);
        register(UserRegs.RIP, image.batch());
        var entry = assertInstanceOf(Exit.SyscallEntry.class, runCode("0b00000000000000"));
        assertEquals(11, entry.number());
    }
}
