package dev.moat.task.time;

import dev.moat.api.host.HostSystem;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;

/**
 * The host's clocks: the vDSO of guests reads the same ones, so that a time which a guest has read
 * never lies behind one that the kernel gives. Those that count from a start go on where they
 * stopped when a sandbox comes back from a checkpoint, by an offset.
 */
@Stateful
public final class HostClock implements Clock, Reopenable {
    private final HostSystem host;

    /** What the clocks showed when the checkpoint was written. */
    private long stoppedMonotonicNs;

    private long stoppedBoottimeNs;

    /** Added to the host's; written before any task runs. */
    @HostBound("from where the clock stopped")
    private long monotonicOffsetNs;

    @HostBound("from where the clock stopped")
    private long boottimeOffsetNs;

    public HostClock(HostSystem host) {
        this.host = host;
    }

    @Override
    public long monotonicNs() {
        return host.clockNs(HostSystem.CLOCK_MONOTONIC) + monotonicOffsetNs;
    }

    @Override
    public long realtimeNs() {
        return host.clockNs(HostSystem.CLOCK_REALTIME);
    }

    @Override
    public long boottimeNs() {
        return host.clockNs(HostSystem.CLOCK_BOOTTIME) + boottimeOffsetNs;
    }

    @Override
    public long monotonicOffsetNs() {
        return monotonicOffsetNs;
    }

    @Override
    public long boottimeOffsetNs() {
        return boottimeOffsetNs;
    }

    @Override
    public void checkpointing() {
        stoppedMonotonicNs = monotonicNs();
        stoppedBoottimeNs = boottimeNs();
    }

    @Override
    public void reopen(Restoration restoration) {
        monotonicOffsetNs = stoppedMonotonicNs - host.clockNs(HostSystem.CLOCK_MONOTONIC);
        boottimeOffsetNs = stoppedBoottimeNs - host.clockNs(HostSystem.CLOCK_BOOTTIME);
    }
}
