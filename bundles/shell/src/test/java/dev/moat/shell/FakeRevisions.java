package dev.moat.shell;

import dev.moat.api.swap.Revisions;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Every revision is held by web, and nothing can be changed. */
final class FakeRevisions implements Revisions {
    @Override
    public Revision install(URI location) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void start(Revision revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void offer(Revision revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void withhold(Revision revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void uninstall(Revision revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Revision> installed() {
        return List.of();
    }

    @Override
    public List<Revision> offered() {
        return List.of();
    }

    @Override
    public Map<String, Object> components(Revision revision) {
        return Map.of();
    }

    @Override
    public ClassLoader classLoader(Revision revision) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void lease(Revision revision, String holder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void release(Revision revision, String holder) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> holders(Revision revision) {
        return List.of("web");
    }
}
