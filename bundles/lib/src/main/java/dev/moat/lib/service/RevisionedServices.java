package dev.moat.lib.service;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The services of one kind, of all revisions that run, newest first: the order of installation
 * decides, not that of registration, which is what declarative services go by. Thread safe.
 */
public final class RevisionedServices<T> {
    /** Revision of a service that does not come from a bundle. */
    public static final long NONE = -1;

    private static final Comparator<Offer<?>> NEWEST_FIRST =
            Comparator.<Offer<?>>comparingLong(Offer::revision)
                    .thenComparingLong(Offer::number)
                    .reversed();

    private final AtomicReference<List<Offer<T>>> offers = new AtomicReference<>(List.of());

    /**
     * A service.
     *
     * @param revision id of its bundle
     * @param number rises with each registration
     */
    public record Offer<T>(T service, long revision, long number) {}

    /**
     * Adds a service.
     *
     * @param properties as the registry gives them
     */
    public void add(T service, Map<String, ?> properties) {
        var offer =
                new Offer<>(
                        service,
                        number(properties.get("service.bundleid")),
                        number(properties.get("service.id")));
        offers.updateAndGet(old -> {
            List<Offer<T>> all = new ArrayList<>(old);
            all.add(offer);
            all.sort(NEWEST_FIRST);
            return List.copyOf(all);
        });
    }

    /** Removes a service; harmless when it is not there. */
    public void remove(T service) {
        offers.updateAndGet(
                old -> old.stream().filter(offer -> offer.service() != service).toList());
    }

    /** All of them, newest first. */
    public List<Offer<T>> all() {
        return offers.get();
    }

    /**
     * The newest service of the wanted revisions.
     *
     * @param wanted not asked about services that do not come from a bundle: these always are
     */
    public Optional<T> newest(LongPredicate wanted) {
        return services(wanted).stream().findFirst();
    }

    /** The services of the wanted revisions, newest first. */
    public List<T> services(LongPredicate wanted) {
        return all().stream()
                .filter(offer -> offer.revision() == NONE || wanted.test(offer.revision()))
                .map(Offer::service)
                .toList();
    }

    private static long number(@Nullable Object property) {
        return property instanceof Long number ? number : NONE;
    }
}
