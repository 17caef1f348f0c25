/** What a bundle is to the kernel: which subsystem it makes, and in which way. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.subsystem;

import org.jspecify.annotations.NullMarked;
