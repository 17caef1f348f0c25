/**
 * Sandboxes: wires one isolated kernel from the services of the other bundles, starts its first
 * process, and takes everything down again.
 *
 * <p>Key types: {@link dev.moat.sandbox.SandboxComponent} (the service), {@link
 * dev.moat.sandbox.KernelSandbox} (one sandbox), {@link dev.moat.sandbox.SandboxBuilder} (the order
 * of things at start), {@link dev.moat.sandbox.Teardown} (and at the end).
 *
 * <p>Locks: {@code LockRank.SANDBOX} guards the registry of sandboxes only; nothing is called with
 * it held.
 */
@NullMarked
package dev.moat.sandbox;

import org.jspecify.annotations.NullMarked;
