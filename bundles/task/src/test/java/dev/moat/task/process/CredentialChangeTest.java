package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.Errno;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.sandbox.ExitStatus;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** User ids, capabilities and what they permit, with scripted guests. */
final class CredentialChangeTest {
    private static final int KEEP = -1;
    private static final int FORK = 57;
    private static final int WAIT4 = 61;
    private static final int KILL = 62;
    private static final int PAUSE = 34;
    private static final int SETUID = 105;
    private static final int GETEUID = 107;
    private static final int SETRESUID = 117;
    private static final int PRCTL = 157;
    private static final int EXIT_GROUP = 231;
    private static final int CAPBSET_READ = 23;
    private static final int CAP_SYS_ADMIN = 21;
    private static final int SETHOSTNAME = 170;

    @Test
    void setuid_ofRoot_cannotBeTakenBack() throws Exception {
        AtomicLong back = new AtomicLong();
        AtomicLong effective = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(SETUID, 1000)
                        .call(SETUID, 0)
                        .look(r -> back.set(r.get(UserRegs.RAX)))
                        .call(GETEUID)
                        .look(r -> effective.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(Errno.EPERM.negated(), back.get());
        assertEquals(1000, effective.get());
    }

    @Test
    void setresuid_withSavedRoot_canBeTakenBack() throws Exception {
        AtomicLong back = new AtomicLong(-1);
        GuestProgram program =
                new GuestProgram()
                        .call(SETRESUID, KEEP, 1000, KEEP)
                        .call(SETRESUID, KEEP, 0, KEEP)
                        .look(r -> back.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(0, back.get());
    }

    @Test
    void capabilities_areLostWithTheLastRootId_butStayInTheBoundingSet() throws Exception {
        AtomicLong name = new AtomicLong();
        AtomicLong bounding = new AtomicLong();
        GuestProgram program =
                new GuestProgram()
                        .call(SETUID, 1000)
                        .call(SETHOSTNAME, FakeMemory.BASE, 1)
                        .look(r -> name.set(r.get(UserRegs.RAX)))
                        .call(PRCTL, CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0)
                        .look(r -> bounding.set(r.get(UserRegs.RAX)))
                        .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(Errno.EPERM.negated(), name.get());
        assertEquals(1, bounding.get());
    }

    @Test
    void kill_ofAnotherUsersProcess_failsEperm() throws Exception {
        long[] root = new long[1];
        AtomicLong result = new AtomicLong();
        GuestProgram program = new GuestProgram().call(FORK).jumpIfZero(root);
        long[] user = new long[1];
        program.call(FORK)
                .jumpIfZero(user)
                .call(WAIT4, 3, 0, 0, 0)
                .call(KILL, 2, Signals.SIGKILL)
                .call(WAIT4, 2, 0, 0, 0)
                .call(EXIT_GROUP, 0);
        root[0] = program.here();
        program.call(PAUSE);
        user[0] = program.here();
        program.call(SETUID, 1000)
                .call(KILL, 2, Signals.SIGKILL)
                .look(r -> result.set(r.get(UserRegs.RAX)))
                .call(EXIT_GROUP, 0);
        assertEquals(ExitStatus.exited(0), FakeSandbox.run(program));
        assertEquals(Errno.EPERM.negated(), result.get());
    }
}
