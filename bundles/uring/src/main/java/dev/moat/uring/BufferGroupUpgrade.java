package dev.moat.uring;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** Version 2 remembered what was taken last; version 1 is not read. */
final class BufferGroupUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        if (old.version() == 1) {
            return new None().upgrade(old);
        }
        var fields = new HashMap<>(old.fields());
        fields.remove("last");
        return new StateRecord(old.type(), old.version() + 1, fields);
    }
}
