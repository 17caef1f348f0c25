package dev.moat.api.swap;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import java.util.HashMap;

/** For workers that had their thread themselves before {@link SandboxWorker} did. */
public final class SandboxWorkerUpgrade implements StateUpgrade {
    private static final String BASE = SandboxWorker.class.getName() + ".";

    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.put(BASE + "sandbox", fields.remove("sandbox"));
        fields.put(BASE + "wanted", fields.remove("wanted"));
        fields.put(BASE + "stopping", fields.remove("stopping"));
        fields.put(BASE + "threadLock", new RankedLock(LockRank.TASK));
        return new StateRecord(old.type(), old.version() + 1, fields);
    }
}
