package dev.moat.task.process;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.task.Task.CpuTime;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Version 1 kept its logger; versions 1 and 2 counted CPU time and remembered the interrupted call
 * themselves.
 */
final class RunLoopUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("logger");
        fields.put(
                "interrupted",
                new InterruptedCall(
                        number(fields, "restartCode"), (int) number(fields, "restartNumber")));
        fields.put(
                "clock",
                new CpuClock(
                        (CpuTime) fields.remove("finalTime"),
                        number(fields, "replacedGuestNs"),
                        (int) number(fields, "hostTid"),
                        number(fields, "formerTasksNs")));
        return new StateRecord(old.type(), 3, fields);
    }

    /** Takes a number out; 0 if a checkpoint did not write it. */
    private static long number(Map<String, @Nullable Object> fields, String name) {
        return fields.remove(name) instanceof Number value ? value.longValue() : 0;
    }
}
