package dev.moat.syscall;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes one table of the calls of several providers. Of two with the same subsystem the newer one
 * serves it alone; an overlay takes single numbers from whoever has them; other numbers that two
 * subsystems want go to the one that came first.
 */
final class Composition {
    private static final Comparator<Provided> OLDEST_FIRST =
            Comparator.comparingLong(Provided::revision).thenComparingLong(Provided::number);

    private final Map<Integer, BoundCall> byNumber = new LinkedHashMap<>();
    private final Map<Provided, String> refused = new LinkedHashMap<>();

    private Composition() {}

    static Composition of(Collection<Provided> providers) {
        Map<String, Provided> newest = new LinkedHashMap<>();
        providers.stream()
                .sorted(OLDEST_FIRST)
                .forEach(provided -> newest.put(provided.provider().subsystem(), provided));
        List<Provided> ordered = newest.values().stream().sorted(OLDEST_FIRST).toList();
        var composition = new Composition();
        ordered.stream().filter(one -> !one.provider().isOverlay()).forEach(composition::add);
        ordered.stream().filter(one -> one.provider().isOverlay()).forEach(composition::lay);
        return composition;
    }

    TableSnapshot snapshot() {
        return new TableSnapshot(byNumber.values());
    }

    /** Why all calls of a provider are left out, if they are. */
    Optional<String> refusal(Provided provided) {
        return Optional.ofNullable(refused.get(provided));
    }

    private void add(Provided provided) {
        for (BoundCall call : provided.calls()) {
            BoundCall earlier = byNumber.get(call.entry().number());
            if (earlier != null) {
                refused.put(provided, duplicate(earlier, call));
                return;
            }
        }
        lay(provided);
    }

    private void lay(Provided provided) {
        provided.calls().forEach(call -> byNumber.put(call.entry().number(), call));
    }

    private static String duplicate(BoundCall earlier, BoundCall later) {
        return "system call "
                + later.entry().number()
                + " ("
                + later.entry().name()
                + ") is served twice: by "
                + earlier.where()
                + " of "
                + earlier.entry().subsystem()
                + " and by "
                + later.where()
                + " of "
                + later.entry().subsystem();
    }
}
