/**
 * Hot swap: a bundle is replaced by another revision, or a platform by another one, while sandboxes
 * run.
 *
 * <p>The state of a sandbox is a graph of objects. Those whose classes come from the bundle that is
 * replaced are read into {@link dev.moat.api.swap.StateRecord}s and made anew from classes of the
 * new revision; all references to them are then exchanged in one step, while every task of the
 * sandbox is at a {@link dev.moat.api.swap.SafePoint}. Objects of other bundles, memory and host
 * descriptors stay what they are. Decision record 0009 tells why.
 *
 * <p>What a bundle has to do: its classes that hold kernel state say {@link
 * dev.moat.api.swap.Stateful}; they keep no lambdas, no threads and no services' insides; fields
 * that can be computed say {@link dev.moat.api.swap.Derived} and are filled by {@link
 * dev.moat.api.swap.Restorable}; what works on a thread of its own is {@link
 * dev.moat.api.swap.Suspendable}.
 *
 * <p>Neighbours: {@code dev.moat.swap} does the work, {@code dev.moat.launcher} installs bundles
 * ({@link dev.moat.api.swap.Revisions}). Locks: {@link dev.moat.api.swap.SafePoint} has one of rank
 * {@code SANDBOX}.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.swap;

import org.jspecify.annotations.NullMarked;
