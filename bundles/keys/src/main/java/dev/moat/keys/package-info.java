/**
 * Keys and keyrings: keyrings(7). {@link dev.moat.keys.KeyTable} has all keys of a sandbox and the
 * one lock that guards them; {@link dev.moat.keys.KeyFinder} finds those that a task means and
 * judges what it may do with them; {@code *Calls} are the system calls. What a task holds is in
 * {@link dev.moat.api.task.Keyrings}.
 *
 * <p>Lock: that of the table; guest memory is not touched while it is held.
 */
@NullMarked
package dev.moat.keys;

import org.jspecify.annotations.NullMarked;
