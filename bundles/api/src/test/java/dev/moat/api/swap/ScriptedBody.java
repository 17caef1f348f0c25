package dev.moat.api.swap;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A body that idles until it is kicked or ended. */
final class ScriptedBody implements TaskThread.Body {
    final AtomicInteger runs = new AtomicInteger();
    final CountDownLatch running = new CountDownLatch(1);
    volatile Thread thread;
    volatile boolean inside;
    volatile boolean ended;

    /** Does not come when it is called. */
    volatile boolean deaf;

    private final SafePoint safePoint;
    private final String name;

    ScriptedBody(SafePoint safePoint, String name) {
        this.safePoint = safePoint;
        this.name = name;
    }

    @Override
    public TaskThread.Next run() {
        thread = Thread.currentThread();
        inside = true;
        runs.incrementAndGet();
        running.countDown();
        try {
            while (!ended) {
                if (safePoint.isRequested() && !deaf) {
                    return TaskThread.Next.PARK;
                }
                LockSupport.park();
            }
            return TaskThread.Next.END;
        } finally {
            inside = false;
        }
    }

    @Override
    public void kick() {
        LockSupport.unpark(thread);
    }

    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }

    @Override
    public String toString() {
        return name;
    }
}
