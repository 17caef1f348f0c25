/**
 * System calls of tasks, one class per man page or family; {@link dev.moat.task.calls.TaskCalls}
 * lists them. A handler validates, fetches objects, acts and returns; the work is in {@code
 * dev.moat.task.process} and its neighbours.
 */
@NullMarked
package dev.moat.task.calls;

import org.jspecify.annotations.NullMarked;
