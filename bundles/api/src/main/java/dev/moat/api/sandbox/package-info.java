/** Sandboxes: isolated kernel instances, their specification and life cycle. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.sandbox;

import org.jspecify.annotations.NullMarked;
