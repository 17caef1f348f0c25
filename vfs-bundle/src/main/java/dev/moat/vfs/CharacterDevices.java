package dev.moat.vfs;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.lib.service.RevisionedServices;
import dev.moat.lib.service.RevisionedServices.Offer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The drivers of character devices that bundles offer now. Files that are open keep the driver they
 * came from.
 */
public final class CharacterDevices {
    @Derived("what bundles offer is no state")
    private final RevisionedServices<CharacterDevice> drivers = new RevisionedServices<>();

    /**
     * Adds a driver.
     *
     * @param properties of its service
     */
    public void add(CharacterDevice driver, Map<String, ?> properties) {
        drivers.add(driver, properties);
    }

    public void remove(CharacterDevice driver) {
        drivers.remove(driver);
    }

    /**
     * The driver of a device number in {@code sandbox}: of the revision that serves it, or else one
     * that came later; null if nobody serves the number.
     */
    @Nullable CharacterDevice find(Sandbox sandbox, long rdev) {
        List<Offer<CharacterDevice>> able =
                drivers.all().stream().filter(offer -> offer.service().serves(rdev)).toList();
        return Choice.of(sandbox, able).orElse(null);
    }
}
