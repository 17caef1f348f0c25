package dev.moat.task.process;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.ThreadGroup.ControllingTerminal;
import java.util.Optional;

/** A session: process groups with one controlling terminal. */
@Stateful
final class Session {
    final int id;

    /** Volatile: read by any task, set by the leader or the terminal. */
    private volatile Optional<ControllingTerminal> terminal = Optional.empty();

    /** Process groups in it. Guarded by the tree's lock. */
    int groupCount;

    Session(int id) {
        this.id = id;
    }

    Optional<ControllingTerminal> terminal() {
        return terminal;
    }

    void setTerminal(Optional<ControllingTerminal> newTerminal) {
        terminal = newTerminal;
    }
}
