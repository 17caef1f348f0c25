package dev.moat.fs.dev.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Ioctls;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Signals;
import dev.moat.abi.Winsize;
import dev.moat.fs.dev.fake.FakeWorld;
import dev.moat.fs.dev.fake.FakeWorld.FakeProcess;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PtyTest {
    private final FakeWorld world = new FakeWorld();
    private final FakeProcess shell = world.process(7, 7, 7);
    private final FakeProcess job = world.process(9, 9, 7);
    private final Pty pty = new Pty(world.sandbox(), 3);

    @BeforeEach
    void unlock() {
        pty.setLocked(false);
    }

    @Test
    void open_beforeUnlock_failsEio() {
        pty.setLocked(true);
        assertErrno(Errno.EIO, () -> pty.openSlave(false));
    }

    @Test
    void open_ofExclusiveTerminal_failsEbusyForTheUnprivileged() {
        pty.openSlave(false);
        pty.setExclusive(true);
        assertErrno(Errno.EBUSY, () -> pty.openSlave(false));
        pty.openSlave(true);
    }

    @Test
    void masterRead_beforeFirstSlave_wouldBlock() {
        assertEquals(Errno.EAGAIN.negated(), readMaster(null));
        assertEquals(0, pty.pollMaster() & PollFlags.POLLHUP);
    }

    @Test
    void masterRead_afterLastSlave_givesWhatIsLeftThenEio() {
        pty.openSlave(false);
        writeSlave("bye");
        pty.closeSlave();
        assertTrue((pty.pollMaster() & PollFlags.POLLHUP) != 0);
        assertEquals(3, readMaster("bye"));
        assertEquals(Errno.EIO.negated(), readMaster(null));
    }

    @Test
    void masterRead_afterReopen_wouldBlockAgain() {
        pty.openSlave(false);
        pty.closeSlave();
        pty.openSlave(false);
        assertEquals(Errno.EAGAIN.negated(), readMaster(null));
    }

    @Test
    void closeOfMaster_hangsUpTheSessionAndItsFiles() {
        int generation = pty.openSlave(false);
        pty.jobs().acquireOnOpen(shell.task());
        pty.jobs().setForeground(9);
        pty.closeMaster();
        assertTrue(pty.isHungUp(generation));
        assertEquals(List.of("process 7: 1", "process 7: 18"), world.signals);
        assertErrno(Errno.EIO, () -> pty.openSlave(true));
        assertFalse(pty.jobs().controls(shell.task()));
        pty.jobs().disassociate(7);
        assertEquals(List.of("group 9: 1", "group 9: 18"), world.signals.subList(2, 4));
    }

    @Test
    void endOfTheLeader_hangsUpTheForeground() {
        pty.openSlave(false);
        pty.jobs().acquireOnOpen(shell.task());
        pty.jobs().setForeground(9);
        pty.jobs().disassociate(7);
        assertEquals(List.of("group 9: 1"), world.signals);
        assertEquals(0, pty.jobs().session());
    }

    @Test
    void interrupt_goesToTheForegroundGroup() {
        pty.jobs().acquireOnOpen(shell.task());
        type("\003");
        pty.jobs().setForeground(9);
        type("\032");
        assertEquals(List.of("group 7: 2", "group 9: 20"), world.signals);
    }

    @Test
    void backgroundRead_isStopped() {
        pty.jobs().acquireOnOpen(shell.task());
        assertEquals(0, pty.jobs().check(shell.task(), Signals.SIGTTIN));
        assertEquals(-Restart.ERESTARTSYS, pty.jobs().check(job.task(), Signals.SIGTTIN));
        assertEquals(List.of("group 9: 21"), world.signals);
    }

    @Test
    void backgroundAccess_withTheSignalIgnored_failsOrGoesOn() {
        pty.jobs().acquireOnOpen(shell.task());
        job.ignored = 1L << Signals.SIGTTIN - 1 | 1L << Signals.SIGTTOU - 1;
        assertEquals(Errno.EIO.negated(), pty.jobs().check(job.task(), Signals.SIGTTIN));
        assertEquals(0, pty.jobs().check(job.task(), Signals.SIGTTOU));
        assertEquals(List.of(), world.signals);
    }

    @Test
    void backgroundAccess_ofAnOrphanedGroup_failsEio() {
        pty.jobs().acquireOnOpen(shell.task());
        world.orphaned = true;
        assertEquals(Errno.EIO.negated(), pty.jobs().check(job.task(), Signals.SIGTTOU));
    }

    @Test
    void terminalOfAnotherSession_isTakenByForceOnly() {
        pty.jobs().acquireOnOpen(shell.task());
        FakeProcess other = world.process(20, 20, 20);
        pty.jobs().acquireOnOpen(other.task());
        assertFalse(pty.jobs().controls(other.task()));
        assertErrno(Errno.EPERM, () -> pty.jobs().acquire(other.task(), false));
        pty.jobs().acquire(other.task(), true);
        assertTrue(pty.jobs().controls(other.task()));
        assertFalse(pty.jobs().controls(shell.task()));
    }

    @Test
    void controllingTerminal_isForSessionLeadersOnly() {
        assertErrno(Errno.EPERM, () -> pty.jobs().acquire(job.task(), false));
        pty.jobs().acquireOnOpen(job.task());
        assertEquals(0, pty.jobs().session());
    }

    @Test
    void newSize_isASignalForTheForeground_once() {
        pty.jobs().acquireOnOpen(shell.task());
        pty.setSize(new Winsize(24, 80, 0, 0));
        pty.setSize(new Winsize(24, 80, 0, 0));
        assertEquals(List.of("group 7: 28"), world.signals);
    }

    @Test
    void packetMode_putsAControlByteInFront() {
        pty.openSlave(false);
        pty.setPacketMode(true);
        writeSlave("x");
        assertEquals(2, readMaster("\0x"));
        type("\023");
        assertTrue((pty.pollMaster() & PollFlags.POLLPRI) != 0);
        assertEquals(1, readMaster(String.valueOf((char) Ioctls.TIOCPKT_STOP)));
    }

    @Test
    void output_wakesReadersAndIsBounded() {
        int[] woken = new int[1];
        pty.masterQueue()
                .add(events -> {
                    woken[0] |= events;
                    return false;
                });
        pty.openSlave(false);
        byte[] much = new byte[100_000];
        long taken = pty.writeSlave(much, much.length);
        assertTrue(taken > 0 && taken < much.length);
        assertEquals(Errno.EAGAIN.negated(), pty.writeSlave(much, much.length));
        assertTrue((woken[0] & PollFlags.POLLIN) != 0);
        assertEquals(0, pty.pollSlave() & PollFlags.POLLOUT);
    }

    @Test
    void input_waitsForReadersWithoutLoss() {
        pty.openSlave(false);
        byte[] lines = "123456789\n".repeat(1000).getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(lines.length, pty.writeMaster(lines, lines.length));
        byte[] line = new byte[64];
        for (int i = 0; i < 1000; i++) {
            assertEquals(10, pty.readSlave(line, line.length, 1), "line " + i);
        }
        assertEquals(Errno.EAGAIN.negated(), pty.readSlave(line, line.length, 1));
    }

    private void type(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, pty.writeMaster(bytes, bytes.length));
    }

    private void writeSlave(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, pty.writeSlave(bytes, bytes.length));
    }

    private long readMaster(String expected) {
        byte[] bytes = new byte[100];
        long count = pty.readMaster(bytes, bytes.length);
        if (expected != null) {
            assertEquals(expected, new String(bytes, 0, (int) count, StandardCharsets.ISO_8859_1));
        }
        return count;
    }

    private static void assertErrno(Errno errno, Runnable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action::run).errno());
    }
}
