package dev.moat.api.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SafePointTest {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long SHORT_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** So long the threads that do not hang may take, on a machine that stalls for moments. */
    private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(2);

    private final SafePoint safePoint = new SafePoint();
    private final TaskThreads threads = new TaskThreads("test", safePoint);
    private final List<ScriptedBody> bodies = new ArrayList<>();

    @AfterEach
    void end() {
        bodies.forEach(ScriptedBody::end);
        threads.close();
    }

    @Test
    void enter_withoutThreads_isThereAtOnce() {
        assertTrue(safePoint.enter(SHORT_NS));
        assertTrue(safePoint.isRequested());
        safePoint.leave();
        assertFalse(safePoint.isRequested());
    }

    @Test
    void enter_takesEachThreadOutOfItsBody_leaveLetsItGoOn() throws Exception {
        List<ScriptedBody> three = List.of(start("a"), start("b"), start("c"));
        assertTrue(safePoint.enter(LONG_NS));
        for (ScriptedBody body : three) {
            assertFalse(body.inside);
            assertEquals(1, body.runs.get());
        }
        assertEquals(3, safePoint.threads().size());
        safePoint.leave();
        for (ScriptedBody body : three) {
            await(() -> body.runs.get() == 2);
        }
    }

    @Test
    void enter_pastItsLimit_isCalledOff_andTellsWhoDidNotCome() throws Exception {
        ScriptedBody good = start("good");
        ScriptedBody deaf = start("deaf");
        deaf.deaf = true;
        assertFalse(safePoint.enter(SHORT_NS));
        assertEquals(List.of("deaf"), safePoint.missing());
        assertFalse(safePoint.isRequested());
        await(() -> good.runs.get() == 2 && good.inside);
        deaf.deaf = false;
        assertTrue(safePoint.enter(LONG_NS));
        safePoint.leave();
    }

    @Test
    void threadThatEnds_isNotWaitedFor() throws Exception {
        ScriptedBody deaf = start("deaf");
        deaf.deaf = true;
        Thread killer =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!safePoint.isRequested()) {
                                Thread.onSpinWait();
                            }
                            deaf.end();
                        });
        assertTrue(safePoint.enter(LONG_NS));
        killer.join();
        assertTrue(safePoint.threads().isEmpty());
        safePoint.leave();
    }

    @Test
    void threadStartedWhileRequested_parksBeforeItRunsItsBody() throws Exception {
        ScriptedBody deaf = start("deaf");
        deaf.deaf = true;
        ScriptedBody late = new ScriptedBody(safePoint, "late");
        bodies.add(late);
        Thread starter =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!safePoint.isRequested()) {
                                Thread.onSpinWait();
                            }
                            threads.take().start("late", late);
                            deaf.deaf = false;
                            deaf.kick();
                        });
        assertTrue(safePoint.enter(LONG_NS));
        starter.join();
        assertEquals(2, safePoint.threads().size());
        assertEquals(0, late.runs.get());
        safePoint.leave();
        assertTrue(late.running.await(20, TimeUnit.SECONDS));
    }

    @Test
    void start_whileHeld_isRefused_andTheThreadStaysUsable() throws Exception {
        ScriptedBody first = start("first");
        first.end();
        await(() -> safePoint.threads().isEmpty());
        assertTrue(safePoint.enter(LONG_NS));
        ScriptedBody refused = new ScriptedBody(safePoint, "refused");
        TaskThread thread = threads.take();
        assertThrows(ErrnoException.class, () -> thread.start("refused", refused));
        safePoint.leave();
        ScriptedBody next = start("next");
        assertTrue(next.running.await(20, TimeUnit.SECONDS));
    }

    @Test
    void exchangedBody_runsAfterwards_onTheSameThread() throws Exception {
        ScriptedBody old = start("old");
        ScriptedBody successor = new ScriptedBody(safePoint, "new");
        bodies.add(successor);
        assertTrue(safePoint.enter(LONG_NS));
        TaskThread thread = safePoint.threads().getFirst();
        assertSame(old, thread.body());
        thread.exchangeBody(successor);
        safePoint.leave();
        assertTrue(successor.running.await(20, TimeUnit.SECONDS));
        assertSame(old.thread, successor.thread);
        assertEquals(1, old.runs.get());
    }

    @Test
    void parkedThread_hasOnlyFramesOfTheClassPath() throws Exception {
        ScriptedBody body = start("body");
        assertTrue(safePoint.enter(LONG_NS));
        for (StackTraceElement frame : body.thread.getStackTrace()) {
            boolean known =
                    frame.getClassName().startsWith("java.")
                            || frame.getClassName().startsWith("jdk.")
                            || frame.getClassName().startsWith("dev.moat.api.lock.")
                            || frame.getClassName().startsWith(TaskThread.class.getName())
                            || frame.getClassName().startsWith(SafePoint.class.getName());
            assertTrue(known, frame.toString());
        }
        safePoint.leave();
    }

    @Test
    void onEachThread_runsOnEveryThreadAtOnce_andCollectsFailures() throws Exception {
        List<ScriptedBody> three = List.of(start("a"), start("b"), start("c"));
        assertTrue(safePoint.enter(LONG_NS));
        CountDownLatch all = new CountDownLatch(3);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        List<Throwable> failures =
                safePoint.onEachThread(thread -> {
                    seen.add(Thread.currentThread());
                    all.countDown();
                    awaitLatch(all);
                    if ("b".equals(String.valueOf(thread.body()))) {
                        throw new IllegalStateException("b fails");
                    }
                });
        assertEquals(1, failures.size());
        assertEquals("b fails", failures.getFirst().getMessage());
        for (ScriptedBody body : three) {
            assertTrue(seen.contains(body.thread));
        }
        assertEquals(List.of(), safePoint.onEachThread(thread -> seen.clear()));
        safePoint.leave();
    }

    @Test
    void threadThatHangs_isLeftBehind_andMakesUpForItLater() throws Exception {
        start("a");
        ScriptedBody stuck = start("stuck");
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger done = new AtomicInteger();
        Set<String> late = ConcurrentHashMap.newKeySet();
        assertTrue(safePoint.enter(LONG_NS));
        List<Throwable> failures =
                safePoint.onEachThread(
                        thread -> {
                            if (thread.body() == stuck) {
                                awaitDeaf(release);
                            }
                            done.incrementAndGet();
                        },
                        thread -> late.add(String.valueOf(thread.body())),
                        STUCK_NS);
        assertEquals(1, failures.size());
        assertTrue(String.valueOf(failures.getFirst()).contains("stuck"));
        assertEquals(1, done.get());
        AtomicInteger others = new AtomicInteger();
        assertEquals(List.of(), safePoint.onEachThread(_ -> others.incrementAndGet()));
        assertEquals(1, others.get());
        safePoint.leave();
        assertFalse(safePoint.enter(SHORT_NS));
        assertEquals(List.of("stuck"), safePoint.missing());
        release.countDown();
        await(() -> late.contains("stuck"));
        assertTrue(safePoint.enter(LONG_NS));
        assertEquals(List.of(), safePoint.onEachThread(_ -> others.incrementAndGet()));
        assertEquals(3, others.get());
        assertEquals(1, late.size());
        safePoint.leave();
    }

    @Test
    void threadLeftBehind_isInterrupted_andGoesOnWithoutOne() throws Exception {
        ScriptedBody stuck = start("stuck");
        AtomicBoolean interrupted = new AtomicBoolean();
        AtomicBoolean interruptedLater = new AtomicBoolean();
        CountDownLatch late = new CountDownLatch(1);
        assertTrue(safePoint.enter(LONG_NS));
        List<Throwable> failures =
                safePoint.onEachThread(
                        _ -> {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                interrupted.set(true);
                                Thread.currentThread().interrupt();
                            }
                        },
                        _ -> {
                            interruptedLater.set(Thread.currentThread().isInterrupted());
                            late.countDown();
                        },
                        STUCK_NS);
        assertEquals(1, failures.size());
        awaitLatch(late);
        assertTrue(interrupted.get());
        assertFalse(interruptedLater.get());
        safePoint.leave();
        await(() -> stuck.runs.get() == 2);
    }

    @Test
    void onEachThread_andLeave_needTheSafePoint() {
        assertThrows(IllegalStateException.class, () -> safePoint.onEachThread(TaskThread::unpark));
        assertThrows(IllegalStateException.class, safePoint::leave);
    }

    @Test
    void outsider_keepsTheSafePointFromBeingReached_andWaitsWhileItIsHeld() throws Exception {
        safePoint.keepOut();
        assertFalse(safePoint.enter(SHORT_NS));
        assertEquals(List.of("an operator's command"), safePoint.missing());
        safePoint.letIn();
        assertTrue(safePoint.enter(LONG_NS));
        AtomicBoolean inside = new AtomicBoolean();
        Thread outsider =
                Thread.ofPlatform()
                        .start(() -> {
                            safePoint.keepOut();
                            inside.set(true);
                            safePoint.letIn();
                        });
        await(() -> outsider.getState() == Thread.State.WAITING);
        assertFalse(inside.get());
        safePoint.leave();
        outsider.join();
        assertTrue(inside.get());
    }

    @Test
    void suspendables_standStillWhileItIsHeld() {
        List<String> told = new ArrayList<>();
        safePoint.addSuspendable(new Told("a", told, false));
        Told gone = new Told("gone", told, false);
        safePoint.addSuspendable(gone);
        safePoint.removeSuspendable(gone);
        assertTrue(safePoint.enter(LONG_NS));
        assertEquals(List.of("a suspended"), told);
        safePoint.leave();
        assertEquals(List.of("a suspended", "a resumed"), told);
    }

    @Test
    void suspendableThatCannotStop_callsTheSafePointOff() throws Exception {
        List<String> told = new ArrayList<>();
        safePoint.addSuspendable(new Told("a", told, false));
        safePoint.addSuspendable(new Told("b", told, true));
        ScriptedBody body = start("one");
        assertFalse(safePoint.enter(LONG_NS));
        assertEquals(List.of("a suspended", "a resumed"), told);
        assertEquals(List.of("b is busy"), safePoint.missing());
        assertFalse(safePoint.isRequested());
        body.end();
    }

    private record Told(String name, List<String> told, boolean busy) implements Suspendable {
        @Override
        public void suspend() {
            if (busy) {
                throw new IllegalStateException(name + " is busy");
            }
            told.add(name + " suspended");
        }

        @Override
        public void resume() {
            told.add(name + " resumed");
        }
    }

    @Test
    void holder_isNoOutsider() {
        assertTrue(safePoint.enter(LONG_NS));
        safePoint.keepOut();
        safePoint.letIn();
        safePoint.leave();
        assertTrue(safePoint.enter(LONG_NS));
        safePoint.leave();
    }

    @Test
    void secondEnter_waitsForTheFirstToLeave() throws Exception {
        assertTrue(safePoint.enter(LONG_NS));
        assertFalse(safePoint.enter(SHORT_NS));
        safePoint.leave();
        assertTrue(safePoint.enter(LONG_NS));
        safePoint.leave();
    }

    @Test
    void manyThreads_comingAndGoing_neverRunWhileItIsHeld() throws Exception {
        AtomicBoolean held = new AtomicBoolean();
        AtomicInteger violations = new AtomicInteger();
        AtomicInteger live = new AtomicInteger();
        AtomicBoolean stop = new AtomicBoolean();
        for (int i = 0; i < 4; i++) {
            Forking root = new Forking(held, violations, live, stop);
            live.incrementAndGet();
            threads.take().start("root", root);
        }
        for (int i = 0; i < 500; i++) {
            assertTrue(safePoint.enter(LONG_NS), () -> safePoint.missing().toString());
            held.set(true);
            Thread.onSpinWait();
            held.set(false);
            safePoint.leave();
        }
        stop.set(true);
        await(() -> live.get() == 0);
        assertEquals(0, violations.get());
        await(() -> safePoint.threads().isEmpty());
    }

    /** Starts others like itself, as fork does, and ends some time later. */
    private final class Forking implements TaskThread.Body {
        private final AtomicBoolean held;
        private final AtomicInteger violations;
        private final AtomicInteger live;
        private final AtomicBoolean stop;
        private int steps;

        Forking(
                AtomicBoolean held,
                AtomicInteger violations,
                AtomicInteger live,
                AtomicBoolean stop) {
            this.held = held;
            this.violations = violations;
            this.live = live;
            this.stop = stop;
        }

        @Override
        public TaskThread.Next run() {
            while (!stop.get()) {
                if (held.get()) {
                    violations.incrementAndGet();
                }
                if (safePoint.isRequested()) {
                    return TaskThread.Next.PARK;
                }
                steps++;
                if (steps % 50 == 0) {
                    live.incrementAndGet();
                    threads.take().start("child", new Forking(held, violations, live, stop));
                    live.decrementAndGet();
                    return TaskThread.Next.END;
                }
                Thread.yield();
            }
            live.decrementAndGet();
            return TaskThread.Next.END;
        }

        @Override
        public void kick() {}
    }

    private ScriptedBody start(String name) throws InterruptedException {
        ScriptedBody body = new ScriptedBody(safePoint, name);
        bodies.add(body);
        threads.take().start(name, body);
        assertTrue(body.running.await(20, TimeUnit.SECONDS));
        return body;
    }

    private static void await(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + LONG_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadlineNs, "in vain");
            Thread.onSpinWait();
        }
    }

    /** Whatever interrupts it. */
    private static void awaitDeaf(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
