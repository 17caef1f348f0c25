package dev.moat.task.process;

import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Stateful;

/** The platform that the tasks of a sandbox run on; changes when they are moved. */
@Stateful
public final class PlatformSlot {
    /** Written at the safe point, read by any task. */
    @HostBound("when the sandbox has one again")
    private volatile PlatformSession session;

    PlatformSlot(PlatformSession session) {
        this.session = session;
    }

    public PlatformSession get() {
        return session;
    }

    void set(PlatformSession successor) {
        session = successor;
    }
}
