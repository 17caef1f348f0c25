package dev.moat.task.time;

import dev.moat.api.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Time that stands until a test moves it. */
public final class FakeClock implements Clock {
    private final AtomicLong now = new AtomicLong();

    public void advance(long ns) {
        now.addAndGet(ns);
    }

    @Override
    public long monotonicNs() {
        return now.get();
    }

    @Override
    public long realtimeNs() {
        return now.get();
    }

    @Override
    public long boottimeNs() {
        return now.get();
    }
}
