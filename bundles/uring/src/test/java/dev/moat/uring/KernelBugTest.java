package dev.moat.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.task.Blocker;
import dev.moat.api.task.WaitQueue;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KernelBugTest {
    private static final int NOP = 0;

    @Test
    void submission_failingInOne_endsItAndBeginsTheOthers() throws Exception {
        try (FakeGuest guest =
                new FakeGuest((_, _) -> {
                    throw new IllegalArgumentException("a bug");
                })) {
            guest.prepare(FakeGuest.SOCKET, 1);
            guest.prepare(NOP, 2);
            assertThrows(IllegalArgumentException.class, () -> guest.ring.submit(guest.task, 2));
            assertEquals(List.of("1: -5", "2: 0"), guest.completions());
            assertEquals(List.of(), guest.ring.copyActive());
        }
    }

    @Test
    void worker_failingInOne_goesOnWithTheOthers() throws Exception {
        WaitQueue queue = new WaitQueue();
        AtomicBoolean open = new AtomicBoolean();
        AtomicInteger done = new AtomicInteger();
        CountDownLatch told = new CountDownLatch(3);
        try (FakeGuest guest =
                new FakeGuest((task, _) -> {
                    task.blocker().block(queue, open::get, Blocker.FOREVER);
                    if (done.getAndIncrement() == 1) {
                        throw new StackOverflowError("a bug");
                    }
                    return 7;
                })) {
            for (int i = 1; i <= 3; i++) {
                guest.prepare(FakeGuest.SOCKET, i);
            }
            guest.ring
                    .waitQueue()
                    .add(_ -> {
                        told.countDown();
                        return false;
                    });
            assertEquals(3, guest.ring.submit(guest.task, 3));
            assertEquals(List.of(), guest.completions());
            open.set(true);
            queue.wakeAll(WaitQueue.ANY);
            assertTrue(told.await(20, TimeUnit.SECONDS));
            assertEquals(List.of("1: 7", "2: -5", "3: 7"), guest.completions());
            guest.close();
            assertTrue(guest.log.getFirst().contains("kernel bug"), guest.log.toString());
        }
    }
}
