/** Clocks and timers, faked in tests. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.time;

import org.jspecify.annotations.NullMarked;
