/**
 * What tasks have forbidden themselves for good: landlock(7).
 *
 * <p>Key types: {@link dev.moat.api.landlock.LandlockDomain}, the restrictions of a task, which its
 * credentials carry. Neighbours: {@code api.task}, whose credentials have a domain; the VFS, which
 * makes domains and asks them about paths; whoever sends signals, traces, or connects. Locks: none,
 * domains never change.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.landlock;

import org.jspecify.annotations.NullMarked;
