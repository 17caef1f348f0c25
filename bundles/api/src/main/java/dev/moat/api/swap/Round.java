package dev.moat.api.swap;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/** Something that threads at the safe point do, each for itself, while another one waits. */
final class Round {
    private final SafePoint.Work work;

    /** What a thread does that was not waited for. */
    private final SafePoint.Work late;

    /** Who is neither done nor left behind. */
    private final Set<TaskThread> pending = ConcurrentHashMap.newKeySet();

    private final Set<TaskThread> leftBehind = ConcurrentHashMap.newKeySet();
    private final CountDownLatch left;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** Held while threads are left behind, so that no interrupt comes after they have gone on. */
    private final ReentrantLock leaving = new ReentrantLock();

    Round(SafePoint.Work work, SafePoint.Work late, Collection<TaskThread> threads) {
        this.work = work;
        this.late = late;
        this.left = new CountDownLatch(threads.size());
        pending.addAll(threads);
    }

    /** Does the work on {@code thread}, the current one. */
    void run(TaskThread thread) {
        try {
            work.run(thread);
        } catch (Throwable failure) {
            failures.add(failure);
        }
        if (pending.remove(thread)) {
            left.countDown();
            return;
        }
        awaitLeaving();
        late.run(thread);
    }

    /** Returns when all have done it. */
    void await() {
        await(Long.MAX_VALUE);
    }

    /** Returns when all have done it or are left behind. */
    void await(long limitNs) {
        if (!awaitUninterruptibly(limitNs)) {
            leaveBehind();
        }
    }

    /** What was thrown until now. */
    List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /** Whether the thread was not waited for. */
    boolean hasLeftBehind(TaskThread thread) {
        return leftBehind.contains(thread);
    }

    private void leaveBehind() {
        leaving.lock();
        try {
            for (TaskThread thread : pending) {
                if (pending.remove(thread)) {
                    leftBehind.add(thread);
                    failures.add(new TimeoutException(thread.body() + " does not come back"));
                    thread.thread().interrupt();
                }
            }
        } finally {
            leaving.unlock();
        }
    }

    /** Clears the interrupt, which was meant for the work. */
    private void awaitLeaving() {
        leaving.lock();
        try {
            Thread.interrupted();
        } finally {
            leaving.unlock();
        }
    }

    private boolean awaitUninterruptibly(long limitNs) {
        long beganNs = System.nanoTime();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return left.await(
                            limitNs - (System.nanoTime() - beganNs), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
