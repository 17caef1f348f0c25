package dev.moat.swap;

import dev.moat.abi.ErrnoException;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All tasks of one sandbox go over to another platform, or none. Used by one thread at a time. */
final class PlatformShift {
    private final Sandbox sandbox;
    private final PlatformExchange exchange;
    private final PlatformTargets targets;

    /**
     * What nobody runs on and the end closes: first where tasks go, later where they were.
     * Volatile: opened by another thread, which may be too late.
     */
    private volatile @Nullable PlatformSession unused;

    private boolean moved;

    PlatformShift(Sandbox sandbox, PlatformExchange exchange, PlatformTargets targets) {
        this.sandbox = sandbox;
        this.exchange = exchange;
        this.targets = targets;
    }

    /**
     * Opens the platform while programs run, and tries what each task will need of it: that takes a
     * while, and a platform that hangs should do so now.
     *
     * @throws SwapException it does not work here
     */
    void open() {
        try {
            PlatformSession opened =
                    targets.of(exchange.to(), exchange.toWish())
                            .open(sandbox.memory().file().hostFd());
            unused = opened;
            tryOut(opened);
        } catch (ErrnoException e) {
            throw noRoom(e);
        }
    }

    /** Exchanges the lease on the platform. */
    void lease() {
        Map<String, Use> uses = new TreeMap<>(sandbox.leases().uses());
        uses.keySet().removeIf(PlatformExchange::isPlatform);
        uses.put(
                PlatformExchange.subsystem(exchange.toName()),
                new Use(exchange.to(), System.currentTimeMillis() * 1_000_000));
        sandbox.leases().restore(uses);
    }

    /**
     * Moves all tasks; at the safe point.
     *
     * @throws SwapException none was moved
     */
    void move() {
        moveTo(exchange.toName());
        moved = true;
    }

    /** Moves them back if they were moved; at the safe point. */
    void moveBack() {
        if (moved) {
            moved = false;
            moveTo(exchange.fromName());
        }
    }

    /** Ends what nobody runs on. Has no effect when repeated. */
    void close() {
        PlatformSession leaving = unused;
        unused = null;
        if (leaving != null) {
            leaving.close();
        }
    }

    private static void tryOut(PlatformSession session) {
        try {
            session.newAddressSpace().close();
            session.newContext().close();
        } catch (ErrnoException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new SwapException("the platform refuses a context: " + e.getMessage(), e);
        }
    }

    private void moveTo(String name) {
        PlatformSession target = unused;
        if (target == null) {
            throw new IllegalStateException("not open");
        }
        try {
            unused = sandbox.movePlatform(name, target);
        } catch (ErrnoException e) {
            throw noRoom(e);
        }
    }

    private static SwapException noRoom(ErrnoException e) {
        return new SwapException("the host has no room for the move: " + e.errno().message(), e);
    }
}
