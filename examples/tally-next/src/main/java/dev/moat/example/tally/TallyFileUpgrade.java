package dev.moat.example.tally;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Reads files of version 1, which had a {@code sum} and did not count. */
final class TallyFileUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.put("total", fields.remove("sum"));
        return new StateRecord(old.type(), 2, fields);
    }
}
