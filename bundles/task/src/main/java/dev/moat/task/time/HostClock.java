package dev.moat.task.time;

import dev.moat.api.host.HostSystem;
import dev.moat.api.swap.Stateful;
import dev.moat.api.time.Clock;

/**
 * The host's clocks as they are: the vDSO of guests reads the same ones, so that a time which a
 * guest has read never lies behind one that the kernel gives.
 */
@Stateful
public final class HostClock implements Clock {
    private final HostSystem host;

    public HostClock(HostSystem host) {
        this.host = host;
    }

    @Override
    public long monotonicNs() {
        return host.clockNs(HostSystem.CLOCK_MONOTONIC);
    }

    @Override
    public long realtimeNs() {
        return host.clockNs(HostSystem.CLOCK_REALTIME);
    }

    @Override
    public long boottimeNs() {
        return host.clockNs(HostSystem.CLOCK_BOOTTIME);
    }
}
