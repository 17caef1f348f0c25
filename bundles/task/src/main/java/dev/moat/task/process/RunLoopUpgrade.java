package dev.moat.task.process;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Version 1 kept its logger. */
final class RunLoopUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("logger");
        return new StateRecord(old.type(), 2, fields);
    }
}
