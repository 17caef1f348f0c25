package dev.moat.swap;

import dev.moat.abi.ErrnoException;
import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** All tasks of one sandbox go over to another platform, or none. */
final class PlatformMove {
    private static final String PLATFORM = "platform:";

    private final Sandbox sandbox;
    private final Platform target;
    private final Revision revision;
    private long pauseNs;

    /**
     * @param revision that serves the target
     */
    PlatformMove(Sandbox sandbox, Platform target, Revision revision) {
        this.sandbox = sandbox;
        this.target = target;
        this.revision = revision;
    }

    long pauseNs() {
        return pauseNs;
    }

    /**
     * Does it.
     *
     * @throws SwapException it was called off; the tasks go on where they were
     */
    void run(Duration limit) {
        Map<String, Use> before = sandbox.leases().uses();
        // opened while programs run: it takes a while
        PlatformSession session = target.open(sandbox.memory().file().hostFd());
        PlatformSession leaving = session;
        try {
            lease(before);
            leaving = move(limit, session);
        } catch (ErrnoException e) {
            sandbox.leases().restore(before);
            throw new SwapException("the host has no room for the move: " + e.errno().message(), e);
        } catch (SwapException e) {
            sandbox.leases().restore(before);
            throw e;
        } finally {
            leaving.close();
        }
    }

    /** Gives the session that is left behind. */
    private PlatformSession move(Duration limit, PlatformSession session) {
        long startNs = System.nanoTime();
        if (!sandbox.safePoint().enter(limit.toNanos())) {
            throw new SwapException(SandboxSwap.notReached(sandbox, limit));
        }
        try {
            return sandbox.movePlatform(target.name(), session);
        } finally {
            sandbox.safePoint().leave();
            pauseNs = System.nanoTime() - startNs;
        }
    }

    private void lease(Map<String, Use> before) {
        Map<String, Use> uses = new TreeMap<>(before);
        uses.keySet().removeIf(subsystem -> subsystem.startsWith(PLATFORM));
        uses.put(
                PLATFORM + target.name(),
                new Use(revision, System.currentTimeMillis() * 1_000_000));
        sandbox.leases().restore(uses);
    }
}
