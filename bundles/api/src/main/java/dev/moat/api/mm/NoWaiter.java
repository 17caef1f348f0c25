package dev.moat.api.mm;

import dev.moat.api.task.WaitQueue;
import java.util.function.BooleanSupplier;

/** {@link FaultWaiter#NONE}. */
enum NoWaiter implements FaultWaiter {
    INSTANCE;

    @Override
    public int currentTid() {
        return 0;
    }

    @Override
    public boolean await(WaitQueue queue, BooleanSupplier over) {
        return false;
    }

    @Override
    public void linger(WaitQueue queue, BooleanSupplier over) {}
}
