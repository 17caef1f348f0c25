package dev.moat.vfs;

import dev.moat.api.vfs.CharacterDevice;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The drivers of character devices that bundles offer now. Files that are open keep the driver they
 * came from.
 */
public final class CharacterDevices {
    private final CopyOnWriteArrayList<CharacterDevice> drivers = new CopyOnWriteArrayList<>();

    public void add(CharacterDevice driver) {
        drivers.add(driver);
    }

    public void remove(CharacterDevice driver) {
        drivers.remove(driver);
    }

    /** The driver of a device number, the newest if there are several; null if nobody serves it. */
    @Nullable CharacterDevice find(long rdev) {
        for (CharacterDevice driver : drivers.reversed()) {
            if (driver.serves(rdev)) {
                return driver;
            }
        }
        return null;
    }
}
