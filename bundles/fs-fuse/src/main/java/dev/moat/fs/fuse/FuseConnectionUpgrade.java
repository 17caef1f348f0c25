package dev.moat.fs.fuse;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;

/** Version 1 knew no page cache: its open files and mappings were of another kind. */
final class FuseConnectionUpgrade implements StateUpgrade {
    @Override
    public StateRecord upgrade(StateRecord old) {
        throw new IncompatibleStateException("a FUSE server is mounted, by version 1");
    }
}
