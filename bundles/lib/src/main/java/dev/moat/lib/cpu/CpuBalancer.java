package dev.moat.lib.cpu;

import dev.moat.api.host.HostCpus;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that looks from time to time whether pairs of tracer and stub thread run where they
 * should ({@link CpuLook}). It rests while no guest runs.
 */
public final class CpuBalancer implements AutoCloseable {
    private static final long BUSY_PERIOD_MS = 10;

    /** With one pair only; a second one does not always make itself known. */
    private static final long LONE_PERIOD_MS = 100;

    /** So often nobody is seen running before this rests: some were just not there yet. */
    private static final int IDLE_LOOKS = 4;

    private final HostCpus host;
    private final CpuPlacement placement;
    private final Thread thread;
    private final CountDownLatch end = new CountDownLatch(1);
    private long lastNs = System.nanoTime();

    /** Starts balancing, if there is more than one CPU. */
    public CpuBalancer(HostCpus host, CpuPlacement placement, String threadName) {
        this.host = host;
        this.placement = placement;
        thread = Thread.ofPlatform().name(threadName).daemon().unstarted(this::work);
        if (!placement.hasOneCpu()) {
            thread.start();
        }
    }

    private void work() {
        try {
            long periodMs = BUSY_PERIOD_MS;
            int idleLooks = 0;
            while (!end.await(periodMs, TimeUnit.MILLISECONDS)) {
                long now = System.nanoTime();
                int active = new CpuLook(host, placement, now - lastNs).balance();
                lastNs = now;
                periodMs = active > 1 ? BUSY_PERIOD_MS : LONE_PERIOD_MS;
                idleLooks = active == 0 ? idleLooks + 1 : 0;
                if (idleLooks == IDLE_LOOKS) {
                    rest();
                    periodMs = BUSY_PERIOD_MS;
                    idleLooks = 0;
                }
            }
        } catch (InterruptedException e) {
            // somebody wants this thread gone
        }
    }

    private void rest() {
        placement.rest();
        // whoever became active before the word was said is seen here, later ones wake us
        if (end.getCount() > 0 && nobodyIsActive()) {
            LockSupport.park(this);
        }
        placement.stopResting();
    }

    private boolean nobodyIsActive() {
        for (CpuPlacement.Placed pair : placement.pairs()) {
            if (pair.history.isActive(pair)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        end.countDown();
        LockSupport.unpark(thread);
    }
}
