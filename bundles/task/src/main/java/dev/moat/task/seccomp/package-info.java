/**
 * Filters of seccomp(2): what a guest process forbids itself.
 *
 * <p>Key types: {@link dev.moat.task.seccomp.Filter} (one in a chain, shared by whoever inherited
 * it), {@link dev.moat.task.seccomp.FilterChecker} (what is a valid program), {@link
 * dev.moat.task.seccomp.FilterCompiler} (runs it once it is hot; before that {@code lib.bpf} does),
 * {@link dev.moat.task.seccomp.Listener} (calls that another process answers). Who calls them is
 * the run loop of the tasks; nothing here knows how a task is made.
 */
@NullMarked
package dev.moat.task.seccomp;

import org.jspecify.annotations.NullMarked;
