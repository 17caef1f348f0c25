package dev.moat.platform.trap;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks after threads that were sent the signal that interrupts them. A guest can find the stub's
 * rt_sigreturn and return through a frame of its own with that signal blocked; it would never come
 * back. Its process is killed. Sleeps while nobody is interrupted.
 */
final class InterruptWatch implements AutoCloseable {
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Queue<GuestThread> signalled = new ConcurrentLinkedQueue<>();
    private final Thread thread;

    /** Whether the thread may be parked for want of work. */
    private volatile boolean asleep;

    private volatile boolean ended;

    InterruptWatch() {
        thread = Thread.ofPlatform().name("moat-trap-watch").daemon().start(this::work);
    }

    /** Any thread. */
    void add(GuestThread guest) {
        signalled.add(guest);
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    private void work() {
        while (!ended) {
            asleep = true;
            if (signalled.isEmpty()) {
                LockSupport.park();
            }
            asleep = false;
            LockSupport.parkNanos(PERIOD_NS);
            signalled.removeIf(GuestThread::isInterruptOver);
        }
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
    }
}
