/** Binary formats: from an open file to a runnable image. */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.exec;

import org.jspecify.annotations.NullMarked;
