/**
 * The shell of a kernel host as other bundles see it.
 *
 * <p>Key type: {@link dev.moat.api.shell.CommandShell}. Neighbours: none. Locks: none.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.shell;

import org.jspecify.annotations.NullMarked;
