/**
 * Tasks: the component that offers {@link dev.moat.api.task.TaskService} and this bundle's system
 * calls.
 *
 * <p>Below it: {@code process} (tasks, thread groups, the run loop), {@code signal} (queues,
 * dispositions, frames), {@code futex}, {@code time} (clock and timers) and {@code calls} (one
 * class per man page).
 */
@NullMarked
package dev.moat.task;

import org.jspecify.annotations.NullMarked;
