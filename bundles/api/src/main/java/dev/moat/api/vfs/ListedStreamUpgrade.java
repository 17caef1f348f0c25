package dev.moat.api.vfs;

import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import java.util.HashMap;

/** For open directories that referred to their inode themselves in version 1. */
public final class ListedStreamUpgrade implements StateUpgrade {
    private static final String DIRECTORY = ListedStream.class.getName() + ".directory";

    @Override
    public StateRecord upgrade(StateRecord old) {
        var fields = new HashMap<>(old.fields());
        fields.put(DIRECTORY, fields.remove(fields.containsKey("root") ? "root" : "directory"));
        return new StateRecord(old.type(), 2, fields);
    }
}
