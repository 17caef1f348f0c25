package dev.moat.task.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IntervalTimerTest {
    private static final int PATIENCE_SECONDS = 20;

    private final CountDownLatch telling = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicInteger told = new AtomicInteger();
    private final Clock clock = new StandingClock();
    private final IntervalTimer timer =
            new IntervalTimer(
                    _ -> new UnservedTimer(), clock, ClockSource.monotonic(clock), this::expired);

    @Test
    void disarming_waitsForTheExpiryUnderWay() throws Exception {
        timer.set(clock.monotonicNs(), 0);
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> expiry = threads.submit(() -> timer.expired(clock.monotonicNs()));
            assertTrue(telling.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
            Future<?> disarming = threads.submit(() -> timer.set(Timer.NEVER, 0));
            assertThrows(TimeoutException.class, () -> disarming.get(100, TimeUnit.MILLISECONDS));
            goOn.countDown();
            disarming.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertEquals(1, told.get());
            expiry.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void disarmed_isNotTold() {
        timer.set(clock.monotonicNs(), 0);
        timer.set(Timer.NEVER, 0);
        timer.expired(clock.monotonicNs());
        assertEquals(0, told.get());
    }

    private void expired(long count) {
        telling.countDown();
        try {
            assertTrue(goOn.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        told.addAndGet((int) count);
    }

    /** Always the same time. */
    private static final class StandingClock implements Clock {
        @Override
        public long monotonicNs() {
            return 1_000_000_000;
        }

        @Override
        public long realtimeNs() {
            return monotonicNs();
        }

        @Override
        public long boottimeNs() {
            return monotonicNs();
        }
    }

    /** Nobody serves it: the test calls the listener. */
    private static final class UnservedTimer implements Timer {
        @Override
        public void arm(long deadlineNs) {}

        @Override
        public void disarm() {}

        @Override
        public long deadlineNs() {
            return NEVER;
        }

        @Override
        public void close() {}
    }
}
