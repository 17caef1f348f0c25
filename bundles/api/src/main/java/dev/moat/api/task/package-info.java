/** Tasks (guest threads), thread groups, signals, waiting, credentials. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.task;

import org.jspecify.annotations.NullMarked;
