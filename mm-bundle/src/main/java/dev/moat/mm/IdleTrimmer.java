package dev.moat.mm;

import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/**
 * The thread that gives memory back to the host which sandboxes keep for a demand that has ended.
 * Sleeps while there is none.
 */
final class IdleTrimmer implements AutoCloseable {
    private final DelayQueue<Look> looks = new DelayQueue<>();
    private final Thread thread;

    IdleTrimmer() {
        thread = Thread.ofPlatform().name("moat-memory-trim").daemon().start(this::work);
    }

    /** A time to look at a file. */
    private record Look(ChunkedMemoryFile file, long atNs) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(atNs - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.signum(
                    getDelay(TimeUnit.NANOSECONDS) - other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    void lookLater(ChunkedMemoryFile file) {
        looks.add(new Look(file, System.nanoTime() + 2 * Demand.PERIOD_NS));
    }

    private void work() {
        try {
            while (true) {
                looks.take().file().trimIdle();
            }
        } catch (InterruptedException e) {
            // close() asks for that
        }
    }

    /** Ends the thread; what sandboxes keep then stays until they end. */
    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
