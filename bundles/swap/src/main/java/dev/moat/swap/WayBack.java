package dev.moat.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.Use;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Plans the way back to what served a sandbox before: a swap in the other direction. A revision
 * that is gone is installed anew from where it came from.
 */
final class WayBack {
    private final Revisions revisions;

    WayBack(Revisions revisions) {
        this.revisions = revisions;
    }

    /**
     * The opposite of a plan that was carried out.
     *
     * @throws SwapException nothing was there before, or it cannot be had any more
     */
    Plan of(Plan done) {
        Sandbox sandbox = done.sandbox();
        Map<String, Use> uses = sandbox.leases().uses();
        Map<Revision, Revision> present = new HashMap<>();
        List<Exchange> exchanges = new ArrayList<>();
        for (Exchange exchange : done.exchanges()) {
            Optional<Revision> now =
                    Optional.ofNullable(uses.get(exchange.subsystems().getFirst()))
                            .map(Use::revision);
            if (exchange.from().isPresent() && now.isPresent()) {
                Revision before = present.computeIfAbsent(exchange.from().get(), this::install);
                exchanges.add(new Exchange(exchange.subsystems(), now, before));
            }
        }
        Plan back =
                new Plan(
                        sandbox,
                        exchanges,
                        done.platform().map(exchange -> backTo(exchange, sandbox, uses, present)));
        if (back.isEmpty()) {
            throw new SwapException(
                    "nothing served "
                            + String.join(
                                    ", ",
                                    done.exchanges().stream().map(Exchange::subsystem).toList())
                            + " in sandbox '"
                            + sandbox.name()
                            + "' before");
        }
        return back;
    }

    private PlatformExchange backTo(
            PlatformExchange done,
            Sandbox sandbox,
            Map<String, Use> uses,
            Map<Revision, Revision> present) {
        @Nullable Use now = uses.get(PlatformExchange.subsystem(sandbox.platformName()));
        if (now == null) {
            throw new SwapException("sandbox '" + sandbox.name() + "' has ended");
        }
        return new PlatformExchange(
                PlatformExchange.current(sandbox),
                now.revision(),
                done.fromWish(),
                present.computeIfAbsent(done.from(), this::install));
    }

    private Revision install(Revision wanted) {
        for (Revision there : revisions.installed()) {
            if (there.equals(wanted)) {
                return there;
            }
        }
        Revision again = revisions.install(URI.create(wanted.location()));
        if (!again.symbolicName().equals(wanted.symbolicName())
                || !again.version().equals(wanted.version())) {
            revisions.uninstall(again);
            throw new SwapException(
                    wanted.location() + " is " + again + " now, not " + wanted + " any more");
        }
        revisions.start(again);
        return again;
    }
}
