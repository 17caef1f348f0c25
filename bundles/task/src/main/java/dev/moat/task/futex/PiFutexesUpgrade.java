package dev.moat.task.futex;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;
import java.util.Map;

/**
 * Version 1 kept its queues without ranks, by another class; only those without waiters are read.
 */
final class PiFutexesUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        if (!(fields.remove("states") instanceof Map<?, ?> queues) || !queues.isEmpty()) {
            throw new IncompatibleStateException(
                    "tasks wait for priority-inheritance futexes, in the queues of version 1");
        }
        fields.put("queues", new HashMap<>());
        fields.put("owned", new HashMap<>());
        return new StateRecord(old.type(), 2, fields);
    }
}
