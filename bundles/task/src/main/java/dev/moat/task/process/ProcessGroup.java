package dev.moat.task.process;

import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/** A process group: processes that a shell treats as one job. Guarded by the tree's lock. */
@Stateful
final class ProcessGroup {
    final int id;
    final Session session;
    final List<GuestGroup> members = new ArrayList<>(2);

    ProcessGroup(int id, Session session) {
        this.id = id;
        this.session = session;
    }
}
