package dev.moat.vfs;

import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounts that show each other's mounts: mount_namespaces(7), shared subtrees. Guarded by the lock
 * of the mount table.
 */
@Stateful
final class PeerGroup {
    private final int id;

    /** Those that give and take. */
    private final List<Mount> members = new ArrayList<>();

    /** Those that only take. */
    private final List<Mount> slaves = new ArrayList<>();

    PeerGroup(int id) {
        this.id = id;
    }

    int id() {
        return id;
    }

    List<Mount> members() {
        return members;
    }

    List<Mount> slaves() {
        return slaves;
    }
}
