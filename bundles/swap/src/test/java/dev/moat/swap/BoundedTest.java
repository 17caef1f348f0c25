package dev.moat.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.SwapException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BoundedTest {
    @Test
    void whatFails_isToldInOneLine() {
        var bounded = new Bounded(Duration.ofSeconds(20));
        SwapException failed =
                assertThrows(
                        SwapException.class,
                        () ->
                                bounded.run(
                                        "the restore",
                                        () -> {
                                            throw new IllegalStateException("first\nsecond");
                                        }));
        assertEquals(
                "the restore failed: java.lang.IllegalStateException: first", failed.getMessage());
        SwapException incompatible =
                assertThrows(
                        SwapException.class,
                        () ->
                                bounded.run(
                                        "carrying",
                                        () -> {
                                            throw new IncompatibleStateException("no class A");
                                        }));
        assertEquals("carrying failed: no class A", incompatible.getMessage());
    }

    @Test
    void whatHangs_isLeftBehind() {
        var bounded = new Bounded(Duration.ofMillis(500));
        var interrupted = new CountDownLatch(1);
        SwapException late =
                assertThrows(
                        SwapException.class,
                        () ->
                                bounded.run(
                                        "the restore",
                                        () -> {
                                            try {
                                                new CountDownLatch(1).await();
                                            } catch (InterruptedException e) {
                                                interrupted.countDown();
                                            }
                                        }));
        assertTrue(late.getMessage().contains("took longer than 500 ms"), late.getMessage());
        assertTimely(interrupted);
    }

    private static void assertTimely(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
