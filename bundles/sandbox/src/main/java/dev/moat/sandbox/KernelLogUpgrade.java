package dev.moat.sandbox;

import dev.moat.api.sandbox.PrintkSettings;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.task.WaitQueue;
import java.util.ArrayDeque;
import java.util.HashMap;

/** Version 1 kept lines without priority and time; they are not shown as what they were not. */
final class KernelLogUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.remove("lines");
        fields.put("messages", new ArrayDeque<>());
        fields.put("arrivals", new WaitQueue());
        fields.put("settings", new PrintkSettings());
        return new StateRecord(old.type(), 2, fields);
    }
}
