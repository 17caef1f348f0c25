package dev.moat.task.process;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Version 1 told whether huge pages are switched off; the address space knows that now. */
final class GuestGroupUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("hugePagesDisabled");
        return new StateRecord(old.type(), 2, fields);
    }
}
