/**
 * Control groups of a sandbox, as cgroups(7) version 2 has them: who is in which, and what the
 * controllers count and limit.
 *
 * <p>Key types: {@link dev.moat.api.cgroup.Cgroups}, the tree of a sandbox, whose root is the group
 * that the operator's limits are of; {@link dev.moat.api.cgroup.Cgroup}, one group, with an account
 * for each resource. Neighbours: the task side puts tasks into groups and holds those that are
 * frozen or have used up their CPU time; memory management charges pages to the account of the
 * thread that needs them; a file system shows all that. Locks: one of rank {@code CGROUPS} for the
 * tree; accounts of memory and of processes are counters that need none.
 */
@NullMarked
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.moat.api.cgroup;

import org.jspecify.annotations.NullMarked;
