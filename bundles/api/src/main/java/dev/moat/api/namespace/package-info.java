/**
 * What a process shares with some and hides from others: namespaces(7).
 *
 * <p>Key types: {@link dev.moat.api.namespace.Namespace}, in which subsystems keep what belongs to
 * one; {@link dev.moat.api.namespace.Namespaces}, those of a task. Neighbours: {@code api.task},
 * whose tasks are in namespaces. Locks: a namespace has one of rank {@code SANDBOX}.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.namespace;

import org.jspecify.annotations.NullMarked;
