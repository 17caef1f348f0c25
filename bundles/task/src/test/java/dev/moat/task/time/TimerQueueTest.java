package dev.moat.task.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TimerQueueTest {
    private static final long MS = 1_000_000;

    private final Clock clock =
            new Clock() {
                @Override
                public long monotonicNs() {
                    return System.nanoTime();
                }

                @Override
                public long realtimeNs() {
                    return System.nanoTime();
                }

                @Override
                public long boottimeNs() {
                    return System.nanoTime();
                }
            };
    private final TimerQueue queue = new TimerQueue("test", clock);
    private final BlockingQueue<String> expired = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void timers_expireInOrderOfDeadlines() throws Exception {
        long now = clock.monotonicNs();
        queue.newTimer(at -> expired.add("late")).arm(now + 40 * MS);
        queue.newTimer(at -> expired.add("early")).arm(now + 20 * MS);
        queue.newTimer(at -> expired.add("past")).arm(now - MS);
        assertEquals("past", expired.poll(5, TimeUnit.SECONDS));
        assertEquals("early", expired.poll(5, TimeUnit.SECONDS));
        assertEquals("late", expired.poll(5, TimeUnit.SECONDS));
    }

    @Test
    void suspendedQueue_expiresTimersAfterwards() throws Exception {
        queue.newTimer(at -> expired.add("before")).arm(clock.monotonicNs());
        assertEquals("before", expired.poll(5, TimeUnit.SECONDS));
        queue.suspend();
        queue.suspend();
        queue.newTimer(at -> expired.add("meanwhile")).arm(clock.monotonicNs());
        assertEquals(null, expired.poll(50, TimeUnit.MILLISECONDS));
        queue.resume();
        assertEquals("meanwhile", expired.poll(5, TimeUnit.SECONDS));
    }

    @Test
    void disarmedTimer_doesNotExpire() throws Exception {
        Timer timer = queue.newTimer(at -> expired.add("disarmed"));
        timer.arm(clock.monotonicNs() + 500 * MS);
        timer.disarm();
        queue.newTimer(at -> expired.add("other")).arm(clock.monotonicNs() + 510 * MS);
        assertEquals("other", expired.poll(5, TimeUnit.SECONDS));
        assertTrue(expired.isEmpty());
        assertEquals(Timer.NEVER, timer.deadlineNs());
    }
}
