package dev.moat.net;

import dev.moat.api.sandbox.Sandbox;
import java.util.concurrent.ConcurrentHashMap;

/** The sockets of all sandboxes, by sandbox; an entry goes when its sandbox ends. */
public final class SocketRegistry {
    private final ConcurrentHashMap<Sandbox, SandboxSockets> bySandbox = new ConcurrentHashMap<>();

    /** The state of a sandbox, made on first use. */
    public SandboxSockets of(Sandbox sandbox) {
        SandboxSockets known = bySandbox.get(sandbox);
        if (known != null) {
            return known;
        }
        SandboxSockets fresh = new SandboxSockets(sandbox);
        known = bySandbox.putIfAbsent(sandbox, fresh);
        if (known != null) {
            return known;
        }
        sandbox.exited().whenComplete((status, failure) -> bySandbox.remove(sandbox));
        return fresh;
    }
}
