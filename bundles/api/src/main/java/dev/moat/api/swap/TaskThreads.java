package dev.moat.api.swap;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The platform threads of a sandbox's tasks. One that has ended its task waits a while for the next
 * one: making and ending a thread costs a fork about 100 microseconds. The last one that came back
 * is the first to go again: it is most likely still on the CPU of those who fork.
 */
@Stateful
public final class TaskThreads implements Reopenable, AutoCloseable {
    private static final int MAX_IDLE = 8;
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(2);

    /** A starter who has taken a thread hands it its body within this time. */
    private static final long HAND_OVER_NS = 1_000_000;

    private final SafePoint safePoint;
    private final String idleName;

    @HostBound("none yet")
    private Deque<TaskThread> idle = new ConcurrentLinkedDeque<>();

    /** Written once; read by threads that come back. */
    private volatile boolean closed;

    /** The threads of a sandbox, which come to {@code safePoint}. */
    public TaskThreads(String sandboxName, SafePoint safePoint) {
        this.safePoint = safePoint;
        this.idleName = "moat-" + sandboxName + "-idle";
    }

    @Override
    public void reopen(Restoration restoration) {
        idle = new ConcurrentLinkedDeque<>();
    }

    /** A thread for one task; {@link TaskThread#start} sends it off. */
    public TaskThread take() {
        TaskThread thread = idle.pollFirst();
        return thread == null ? new TaskThread(this, safePoint, idleName) : thread;
    }

    /** A thread that was taken gets no body after all. */
    void giveBack(TaskThread thread) {
        if (thread.thread().isAlive()) {
            idle.addFirst(thread);
        }
    }

    /** Idle threads end; those with a task end with it. */
    @Override
    public void close() {
        closed = true;
        for (TaskThread thread = idle.pollFirst(); thread != null; thread = idle.pollFirst()) {
            thread.unpark();
        }
    }

    /** Waits for another body; false if there is none and the thread ends. On that thread. */
    boolean awaitBody(TaskThread own) {
        if (closed || idle.size() >= MAX_IDLE) {
            return false;
        }
        own.thread().setName(idleName);
        idle.addFirst(own);
        long deadlineNs = System.nanoTime() + IDLE_NS;
        while (own.isIdle()) {
            long leftNs = deadlineNs - System.nanoTime();
            if ((closed || leftNs <= 0) && idle.remove(own)) {
                return false;
            }
            // taken by a starter who has not handed his body over yet: soon
            LockSupport.parkNanos(this, Math.max(leftNs, HAND_OVER_NS));
            if (closed && own.isIdle() && !idle.contains(own)) {
                return false;
            }
        }
        return true;
    }
}
