package dev.moat.task.process;

import dev.moat.abi.Errno;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The platform threads of a sandbox's tasks. One that has ended its task waits a while for the next
 * one: making and ending a thread costs a fork about 100 microseconds. The last one that came back
 * is the first to go again: it is most likely still on the CPU of those who fork.
 */
final class TaskThreads implements AutoCloseable {
    /** Virtual, not resident: handlers recurse little, but interpreted frames are large. */
    private static final long STACK_BYTES = 512 * 1024;

    private static final int MAX_IDLE = 8;
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(2);

    private final String idleName;
    private final Deque<Carrier> idle = new ConcurrentLinkedDeque<>();

    /** Written once; read by threads that come back. */
    private volatile boolean closed;

    TaskThreads(String sandboxName) {
        idleName = "moat-" + sandboxName + "-idle";
    }

    /**
     * A thread for one task; {@link Carrier#start} sends it off.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN if the host has no more
     */
    Carrier take() {
        Carrier carrier = idle.pollFirst();
        return carrier == null ? new Carrier() : carrier;
    }

    /** Idle threads end; those with a task end with it. */
    @Override
    public void close() {
        closed = true;
        for (Carrier carrier = idle.pollFirst(); carrier != null; carrier = idle.pollFirst()) {
            LockSupport.unpark(carrier.thread);
        }
    }

    /** One thread. */
    final class Carrier implements Runnable {
        private final Thread thread =
                Thread.ofPlatform().name(idleName).daemon().stackSize(STACK_BYTES).unstarted(this);

        /** Handed over by the starter, taken by the thread; volatile for that. */
        private volatile @Nullable Runnable job;

        Thread thread() {
            return thread;
        }

        /**
         * Runs {@code task} on the thread.
         *
         * @throws dev.moat.abi.ErrnoException EAGAIN if the host has no more threads
         */
        void start(String name, Runnable task) {
            thread.setName(name);
            job = task;
            if (thread.isAlive()) {
                LockSupport.unpark(thread);
                return;
            }
            try {
                thread.start();
            } catch (OutOfMemoryError e) {
                // "unable to create native thread": the host's limit
                throw Errno.EAGAIN.exception();
            }
        }

        @Override
        public void run() {
            do {
                Runnable current = job;
                if (current != null) {
                    job = null;
                    current.run();
                }
            } while (comeBack());
        }

        /** Waits for another task; false if there is none and the thread ends. */
        private boolean comeBack() {
            if (closed || idle.size() >= MAX_IDLE) {
                return false;
            }
            thread.setName(idleName);
            idle.addFirst(this);
            long deadlineNs = System.nanoTime() + IDLE_NS;
            while (job == null) {
                long leftNs = deadlineNs - System.nanoTime();
                if ((closed || leftNs <= 0) && idle.remove(this)) {
                    return false;
                }
                // taken by a starter who has not handed his task over yet: soon
                LockSupport.parkNanos(this, Math.max(leftNs, 1_000_000));
                if (closed && job == null && !idle.contains(this)) {
                    return false;
                }
            }
            return true;
        }
    }
}
