/** Lock ranks: every lock of the kernel has a place in one order. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.lock;

import org.jspecify.annotations.NullMarked;
