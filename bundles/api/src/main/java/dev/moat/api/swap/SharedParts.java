package dev.moat.api.swap;

import java.util.Map;

/**
 * A component whose insides are referred to by the state of sandboxes: a table of drivers, a
 * watcher shared by all. They are not state; the part of the same name of the new revision's
 * component takes their place.
 */
public interface SharedParts {
    /** The parts by name; the same objects each time. */
    Map<String, Object> sharedParts();
}
