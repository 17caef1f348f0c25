package dev.moat.shell;

import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Use;
import java.util.List;
import java.util.Map;

/** One revision that serves all its subsystems. */
record FakeLeases(Use use) implements Leases {
    @Override
    public boolean holds(long revision) {
        return revision == use.revision().id();
    }

    @Override
    public boolean take(long revision) {
        return false;
    }

    @Override
    public Map<String, Use> uses() {
        return Map.of(use.revision().subsystems().getFirst(), use);
    }

    @Override
    public void exchange(List<Revisions.Revision> now) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void restore(Map<String, Use> before) {
        throw new UnsupportedOperationException();
    }
}
