package dev.moat.shell;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.task.ThreadGroup;
import java.util.List;

/**
 * Finds what an operator means by a name or a number; throws {@link IllegalArgumentException} when
 * there is none.
 */
record Sandboxes(SandboxManager manager) {
    /** Gives the sandbox of that name. */
    Sandbox named(String name) {
        return manager.sandbox(name)
                .orElseThrow(
                        () -> new IllegalArgumentException("no sandbox '" + name + "' is running"));
    }

    /** Gives the named sandbox, or all of them when no name is given. */
    List<Sandbox> namedOrAll(String[] names) {
        return names.length == 0
                ? manager.sandboxes()
                : List.of(names).stream().map(this::named).toList();
    }

    /** Gives a process of a sandbox that has not ended. */
    static ThreadGroup process(Sandbox sandbox, int pid) {
        return sandbox.tasks()
                .group(pid)
                .filter(group -> !group.isZombie())
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "sandbox '" + sandbox.name() + "' has no process " + pid));
    }
}
