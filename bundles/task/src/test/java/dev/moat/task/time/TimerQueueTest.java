package dev.moat.task.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
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
    private final QuietSandbox sandbox = new QuietSandbox();
    private final TimerQueue queue = new TimerQueue(sandbox.sandbox(), clock);
    private final BlockingQueue<String> expired = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void timers_expireInOrderOfDeadlines() throws Exception {
        long now = clock.monotonicNs();
        queue.newTimer(at -> expired.add("late")).arm(now + 600 * MS);
        queue.newTimer(at -> expired.add("early")).arm(now + 300 * MS);
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

    @Test
    void suspendedQueue_hasNoThread_andExpiresAfterwards() throws Exception {
        Timer timer = queue.newTimer(at -> expired.add("kept"));
        queue.newTimer(at -> expired.add(Thread.currentThread().getName()))
                .arm(clock.monotonicNs());
        String name = expired.poll(5, TimeUnit.SECONDS);
        timer.arm(clock.monotonicNs() + 20 * MS);
        queue.suspend();
        queue.newTimer(at -> expired.add("armed meanwhile")).arm(clock.monotonicNs() + 30 * MS);
        assertTrue(
                Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(t -> t.getName().equals(name)));
        long untilNs = System.nanoTime() + 60 * MS;
        while (System.nanoTime() < untilNs) {
            Thread.onSpinWait();
        }
        assertTrue(expired.isEmpty());
        queue.resume();
        assertEquals("kept", expired.poll(5, TimeUnit.SECONDS));
        assertEquals("armed meanwhile", expired.poll(5, TimeUnit.SECONDS));
    }

    @Test
    void suspend_waitsForACallbackUnderWay() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        queue.newTimer(
                        at -> {
                            begun.countDown();
                            awaitQuietly(goOn);
                            expired.add("done");
                        })
                .arm(clock.monotonicNs());
        assertTrue(begun.await(5, TimeUnit.SECONDS));
        Thread suspender = Thread.ofPlatform().start(queue::suspend);
        goOn.countDown();
        suspender.join(5000);
        assertEquals("done", expired.poll());
        queue.resume();
    }

    @Test
    void aTimerThatFails_isTold_andTheOthersGoOn() throws Exception {
        queue.newTimer(
                        at -> {
                            throw new LinkageError("broken by the test");
                        })
                .arm(clock.monotonicNs());
        queue.newTimer(at -> expired.add("other")).arm(clock.monotonicNs() + MS);
        assertEquals("other", expired.poll(5, TimeUnit.SECONDS));
        assertEquals(1, sandbox.log.size());
        assertTrue(sandbox.log.getFirst().contains("broken by the test"));
    }

    @Test
    void aBugThatIsBeingUndone_letsTheTimerExpireAgain_behindTheSafePoint() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        sandbox.bugs.add(_ -> {
            assertTrue(sandbox.safePoint.enter(5_000 * MS));
            told.countDown();
            return true;
        });
        queue.newTimer(
                        at -> {
                            if (told.getCount() > 0) {
                                throw new IllegalStateException("broken by the test");
                            }
                            expired.add("again");
                        })
                .arm(clock.monotonicNs());
        assertTrue(told.await(5, TimeUnit.SECONDS));
        assertEquals(null, expired.poll(20, TimeUnit.MILLISECONDS));
        queue.suspend();
        sandbox.safePoint.leave();
        assertEquals(null, expired.poll(20, TimeUnit.MILLISECONDS));
        queue.resume();
        assertEquals("again", expired.poll(5, TimeUnit.SECONDS));
        assertTrue(sandbox.log.isEmpty());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(5, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
