package dev.moat.task.process;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Version 1 had a number for the I/O priority; a task starts without I/O context again. */
final class SchedulingUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("ioPriority");
        return new StateRecord(old.type(), 2, fields);
    }
}
