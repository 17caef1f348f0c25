package dev.moat.task.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import org.junit.jupiter.api.Test;

final class PendingSignalsTest {
    private final PendingSignals pending = new PendingSignals();

    private void add(int signal, long value) {
        pending.add(QueuedSignal.uncharged(SigInfo.queue(signal, -1, 1, 0, value)));
    }

    @Test
    void take_synchronousSignal_comesBeforeLowerNumbers() {
        add(Signals.SIGHUP, 0);
        add(Signals.SIGSEGV, 0);
        assertEquals(Signals.SIGSEGV, pending.take(-1).info().signal());
        assertEquals(Signals.SIGHUP, pending.take(-1).info().signal());
        assertNull(pending.take(-1));
    }

    @Test
    void take_realTimeSignals_inOrderOfSending() {
        add(40, 1);
        add(40, 2);
        assertEquals(1, pending.take(-1).info().value());
        assertEquals(Signals.mask(40), pending.mask());
        assertEquals(2, pending.take(-1).info().value());
        assertEquals(0, pending.mask());
    }

    @Test
    void take_bareSignal_givesZeros() {
        pending.addBare(Signals.SIGUSR1);
        assertEquals(SigInfo.kill(Signals.SIGUSR1, 0, 0, 0), pending.take(-1).info());
        assertEquals(0, pending.mask());
    }

    @Test
    void take_blockedSignal_stays() {
        add(Signals.SIGUSR1, 0);
        assertNull(pending.take(~Signals.mask(Signals.SIGUSR1)));
        assertEquals(Signals.mask(Signals.SIGUSR1), pending.mask());
    }

    @Test
    void flush_takesOnlyTheMask() {
        add(Signals.SIGCONT, 0);
        add(Signals.SIGUSR1, 0);
        assertEquals(1, pending.flush(Signals.mask(Signals.SIGCONT)).size());
        assertEquals(Signals.mask(Signals.SIGUSR1), pending.mask());
    }
}
