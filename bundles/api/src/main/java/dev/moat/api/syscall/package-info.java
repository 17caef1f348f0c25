/** The system call table: annotation, providers, taps. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.syscall;

import org.jspecify.annotations.NullMarked;
