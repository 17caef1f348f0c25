package dev.moat.lib.cpu;

import dev.moat.api.host.HostCpus;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Two CPUs, and threads whose scheduler times a test sets. */
final class FakeCpus implements HostCpus {
    static final int MS = 1_000_000;

    private final AtomicInteger lastTid = new AtomicInteger();
    private final Map<Integer, long[]> times = new HashMap<>();
    private final int cpus;

    /** How often scheduler times were asked for. */
    final AtomicInteger looks = new AtomicInteger();

    FakeCpus(int cpus) {
        this.cpus = cpus;
    }

    /** A pair whose tracer is a thread of its own, which has ended. */
    static CpuPlacement.Placed pair(CpuPlacement placement) throws InterruptedException {
        AtomicReference<CpuPlacement.Placed> pair = new AtomicReference<>();
        Thread tracer = Thread.ofPlatform().start(() -> pair.set(placement.place()));
        tracer.join();
        return pair.get();
    }

    /** The pair ran and waited some more. */
    void use(CpuPlacement.Placed pair, int busyMs, int waitMs) {
        long[] sum = times.computeIfAbsent(pair.tracerTid, tid -> new long[] {1, 0});
        sum[0] += (long) busyMs * MS;
        sum[1] += (long) waitMs * MS;
        pair.transitions += 2;
    }

    @Override
    public int threadId() {
        return lastTid.incrementAndGet();
    }

    @Override
    public int currentCpu() {
        return 0;
    }

    @Override
    public int pinToCpu(int tid, int cpu) {
        return 0;
    }

    @Override
    public int setAffinity(int tid, long[] mask) {
        return 0;
    }

    @Override
    public int setNice(int tid, int nice) {
        return 0;
    }

    @Override
    public int nice() {
        return 0;
    }

    @Override
    public int getAffinity(int tid, long[] mask) {
        mask[0] = (1L << cpus) - 1;
        return 0;
    }

    @Override
    public int schedulerTimes(int tid, long[] result) {
        looks.incrementAndGet();
        long[] sum = times.get(tid);
        if (sum == null) {
            return -1;
        }
        result[0] = sum[0];
        result[1] = sum[1];
        return 0;
    }
}
