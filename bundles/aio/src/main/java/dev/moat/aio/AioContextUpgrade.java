package dev.moat.aio;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Version 1 knew the task that had made it. */
final class AioContextUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("maker");
        return new StateRecord(old.type(), 2, fields);
    }
}
