package dev.moat.uring;

import dev.moat.api.swap.SandboxWorkerUpgrade;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;

/** Version 2 had its thread itself; version 1 is not read. */
final class RingWorkerUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        return old.version() == 1
                ? new None().upgrade(old)
                : new SandboxWorkerUpgrade().upgrade(old);
    }
}
