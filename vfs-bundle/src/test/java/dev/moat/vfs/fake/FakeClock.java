package dev.moat.vfs.fake;

import dev.moat.api.time.Clock;
import dev.moat.api.time.Timer;
import dev.moat.api.time.TimerListener;
import dev.moat.api.time.TimerService;
import java.util.ArrayList;
import java.util.List;

/** Time that passes when it is told to. */
public final class FakeClock implements Clock, TimerService {
    private final List<FakeTimer> timers = new ArrayList<>();
    private long nowNs = 1_000_000_000L;
    private long readingNs;

    /** Lets time pass; timers that expire fire in between, in order of creation. */
    public void advance(long ns) {
        nowNs += ns;
        for (FakeTimer timer : List.copyOf(timers)) {
            timer.fireIfDue();
        }
    }

    /** From now on that much time passes when a clock is read. */
    public void setReadingNs(long ns) {
        readingNs = ns;
    }

    private long read() {
        nowNs += readingNs;
        return nowNs;
    }

    @Override
    public long monotonicNs() {
        return read();
    }

    @Override
    public long realtimeNs() {
        return read() + 1_700_000_000_000_000_000L;
    }

    @Override
    public long boottimeNs() {
        return read();
    }

    @Override
    public Timer newTimer(TimerListener listener) {
        FakeTimer timer = new FakeTimer(listener);
        timers.add(timer);
        return timer;
    }

    private final class FakeTimer implements Timer {
        private final TimerListener listener;
        private long deadlineNs = NEVER;

        FakeTimer(TimerListener listener) {
            this.listener = listener;
        }

        void fireIfDue() {
            if (deadlineNs <= nowNs) {
                deadlineNs = NEVER;
                listener.expired(nowNs);
            }
        }

        @Override
        public void arm(long deadline) {
            deadlineNs = deadline;
        }

        @Override
        public void disarm() {
            deadlineNs = NEVER;
        }

        @Override
        public long deadlineNs() {
            return deadlineNs;
        }

        @Override
        public void close() {
            timers.remove(this);
        }
    }
}
