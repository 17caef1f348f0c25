package dev.moat.syscall;

import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Use;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Leases on whatever a test says. */
final class FakeLeases implements Leases {
    Set<Long> held;

    FakeLeases(long... revisions) {
        held = Arrays.stream(revisions).boxed().collect(Collectors.toSet());
    }

    @Override
    public boolean holds(long revision) {
        return held.contains(revision);
    }

    @Override
    public boolean take(long revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Use> uses() {
        throw new UnsupportedOperationException();
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
